package kmod

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod/live"
)

// ReloadOptions are the options of [Loader.Reload]. The zero value, or nil, means the
// defaults.
type ReloadOptions struct {
	// Plan says how the modules are planned. IgnoreCommands always counts as set: a
	// reload replaces modules by files, whatever install and remove lines say.
	Plan PlanOptions

	// Flags force the insertion of every module that goes in, holders included.
	Flags live.InsertFlags

	// NewParams gives the modules that were asked for the parameters of a first load:
	// those of the configuration and of the request. Otherwise they keep theirs.
	NewParams bool

	// OldFiles are paths of module files that live modules may have been loaded from,
	// such as a package manager's copies, where the DB has newer ones by now. Each is
	// named like its module.
	OldFiles []string

	// MustRestore refuses the reload, before anything is touched, if it is known in
	// advance that a module could not be brought back ([ErrOldFile]).
	MustRestore bool

	// Wait is how long to wait in all for modules that are in use, with growing
	// pauses. 0 means a single try. As long as the first module is in use nothing has
	// been touched.
	Wait time.Duration

	// DryRun does everything but change the kernel or run commands. In the result,
	// what would be removed counts as removed, and what would be inserted as inserted.
	DryRun bool

	// Removed and Loaded, if not nil, are called after the turn of each module that
	// goes out and of each step that brings one in, also when the old ones come back,
	// in the goroutine of the caller.
	Removed func(*RemovalResult)
	Loaded  func(*StepResult)
}

// ReloadResult says what became of each module. Its lists of names have those of the
// kernel.
type ReloadResult struct {
	// Removals are the modules that went out, in that order: those that were asked for
	// with RemoveRequested, and what uses them with RemoveHolder.
	Removals []RemovalResult

	// Loaded has the steps of the new modules, of what they need and of the holders.
	// OutcomeRemoved are those that went out again after a failure. It is nil if the
	// reload ended before.
	Loaded *Result

	// Restored has the steps that brought the old modules back after a failure, with
	// OutcomeLive for one that had not gone out; nil if there was none.
	Restored *Result

	// NoOldFile are the modules that went out and of which no file at hand is the one
	// that they were loaded from; see [Loader.Reload].
	NoOldFile []string

	// LostParams are the parameters, by module, whose values could not be kept, each
	// with the reason in its Err; see [live.Module.ParamString].
	LostParams map[string][]live.Parameter

	// After a failure, Missing are the modules that were in the kernel before and are
	// not now, and Changed those that are there now but were not before, or have
	// another file or other parameters. Both are empty when all is as it was.
	Missing, Changed []string
}

// Reload replaces modules that are in the kernel by the files that the requests stand
// for: a newer one, at [Request].Path or where the DB finds one of that name, or the
// same one. What uses a module (its holders, directly and indirectly) goes out first,
// and comes back after it. What a new one needs is loaded, as by [Loader.Load], and so
// is a module that was asked for and is not in the kernel. What only the old one needed
// stays.
//
// A module keeps its parameters, as far as the kernel shows them; those that it hides
// are those of the configuration. Request.Params are added, and take the place of kept
// ones of the same name. See also NewParams and LostParams.
//
// The reload is refused, before anything is touched, if a module that would have to go
// out is built in (ErrBuiltin), has no exit function (ErrPermanent) or is in use by
// something other than a module ([InUseError]); if a holder has no file to come back
// from (ErrNotFound); if a file cannot be read, holds another module or is built
// for another kernel than the one that it replaces; or if Policy or Verify of
// [LoaderConfig] forbids a module. The last word is the kernel's, at the insert.
//
// When a step fails or the context ends, what was inserted goes out again and the old
// modules come back with their parameters. The end of the context does not interrupt
// that; it has a minute of its own for waiting, where init functions are not counted,
// of which five seconds (or Wait, if that is longer) are for new modules that are in use.
// The old files are kept in memory from before the first removal. A file is the old one
// if its build id is that of the live module, or if it has none, the srcversion; if
// neither is known it counts as the old one. Where the DB has another file by now, which
// is usual after an upgrade, and OldFiles lacks it, that other file is what comes back:
// see NoOldFile and MustRestore.
//
// The error is an *[Error] of "reload", whose Detail says how things are after it, and
// which wraps [ErrNotRestored] unless they are as before; or that of
// [DB.PlanRequests]. The result is never nil.
//
// Other processes, such as udev, may load a module while it is out. One that was
// asked for must then be from the same file, else the reload fails with ErrExists; a
// holder may be from any file, and its parameters are those that the other process gave
// it (OutcomeLive). A module that begins to use one that is to go out keeps it from
// that, and the old state comes back.
func (l *Loader) Reload(ctx context.Context, opts *ReloadOptions, requests ...Request) (*ReloadResult, error) {
	if opts == nil {
		opts = &ReloadOptions{}
	}
	r := &reload{l: l, opts: opts, requests: requests, result: &ReloadResult{}, left: opts.Wait}
	if l.db == nil {
		return r.result, errNoDB
	}
	if err := r.prepare(ctx); err != nil {
		return r.result, r.refused(err)
	}
	if opts.DryRun {
		return r.result, nil
	}
	return r.result, r.exchange(ctx)
}

// restoreTime is how long bringing modules back may wait in all, for what the end of the
// caller's context does not interrupt.
const restoreTime = time.Minute

// exchange takes the old modules out and puts the new ones in, or brings the old ones
// back.
func (r *reload) exchange(ctx context.Context) error {
	r.result.Removals, r.result.Loaded = nil, nil
	err := r.takeOut(ctx)
	if err == nil {
		opts := &RunOptions{Flags: r.opts.Flags, Done: r.opts.Loaded}
		if r.result.Loaded, err = r.l.Run(ctx, r.plan, opts); err == nil {
			err = r.strangers()
		}
	}
	if err == nil {
		return nil
	}
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), restoreTime)
	defer end()
	r.undo(ctx)
	return r.bringBack(ctx, err)
}

// undoTime is how long to wait in all for new modules that are in use: whatever looks at
// new devices, such as udev, opens them for a moment.
const undoTime = 5 * time.Second

// undo takes the new modules out again, as far as the kernel lets it.
func (r *reload) undo(ctx context.Context) {
	if r.result.Loaded == nil {
		return
	}
	u, err := r.unloader(ctx, &UnloadOptions{KeepGoing: true, Wait: max(r.left, undoTime), Done: r.opts.Removed})
	if err != nil {
		return // what is in the kernel then says bringBack
	}
	steps := map[string]*StepResult{}
	var names []string
	for i := range slices.Backward(r.result.Loaded.Steps) {
		if res := &r.result.Loaded.Steps[i]; res.Outcome == OutcomeInserted {
			name := u.kernelName(res.Step.Module)
			names = append(names, name)
			steps[name], u.wanted[name] = res, name
		}
	}
	for _, name := range names {
		u.addTarget(Removal{Module: name, Reason: RemoveRequested, Of: name})
	}
	u.removeTargets()
	for _, res := range u.result.Removals {
		if res.Outcome == RemovalDone || res.Outcome == RemovalNotLoaded {
			steps[res.Module].Outcome = OutcomeRemoved
		}
	}
}

// takeOut removes what has to go out.
func (r *reload) takeOut(ctx context.Context) error {
	u, err := r.unloader(ctx, &UnloadOptions{Wait: r.left, Done: r.opts.Removed})
	if err != nil {
		return err
	}
	for _, o := range r.out {
		u.targets = append(u.targets, o.Removal)
		u.turns[o.Module] = true
	}
	u.removeTargets()
	r.result.Removals = u.result.Removals
	if err := u.err(); err != nil {
		return err
	}
	return ctx.Err()
}

// strangers returns an error if another process has loaded another file in the place of
// one that was asked for.
func (r *reload) strangers() error {
	for _, name := range r.targets {
		res := &r.result.Loaded.Steps[r.steps[name]]
		if !r.gone[name] || res.Outcome != OutcomeLive {
			continue
		}
		m, err := live.Open(r.l.kernel, name)
		if err != nil {
			return err
		}
		// Others insert the file of the DB.
		from := r.files[name].isOf(m)
		if from == originOther || from == originUnknown && res.Step.Module.Local {
			return &Error{Op: "insert", Module: name, Path: res.Step.Module.Path, Err: ErrExists}
		}
	}
	return nil
}

// bringBack inserts the modules that went out once more, and says how things are then.
func (r *reload) bringBack(ctx context.Context, cause error) error {
	flags := r.opts.Flags
	for _, o := range r.out {
		if strings.Contains(o.row.Taint, "F") { // it went in by force
			flags |= live.ForceInsert
		}
	}
	var err error
	if slices.ContainsFunc(r.result.Removals, func(res RemovalResult) bool { return res.Outcome == RemovalDone }) {
		opts := &RunOptions{Flags: flags, KeepGoing: true, Done: r.opts.Loaded}
		r.result.Restored, err = r.l.Run(ctx, r.restore, opts)
	}
	r.compare()
	if len(r.result.Missing)+len(r.result.Changed) == 0 {
		return r.failed(cause, "everything is as it was before")
	}
	detail := namesText("not in the kernel any more: ", r.result.Missing)
	if detail != "" && r.result.Changed != nil {
		detail += "; "
	}
	detail += namesText("not as before: ", r.result.Changed)
	return r.failed(&notRestored{cause, err}, detail)
}

// notRestored is why a reload failed, and why the old modules are not back.
type notRestored struct{ cause, restore error }

func (e *notRestored) Error() string {
	if e.restore == nil {
		return e.cause.Error()
	}
	return e.cause.Error() + "; then " + e.restore.Error()
}

func (e *notRestored) Unwrap() []error {
	all := []error{e.cause, ErrNotRestored}
	if e.restore != nil {
		all = append(all, e.restore)
	}
	return all
}

// compare finds out what is not as it was before.
func (r *reload) compare() {
	before := map[string]bool{}
	for i, o := range slices.Backward(r.out) {
		before[o.Module] = true
		status, _ := r.l.liveStatus(o.Module)
		switch at := len(r.out) - 1 - i; {
		case status != live.StatusLive:
			r.result.Missing = append(r.result.Missing, o.Module)
		case r.wentOut(o.Module) && !r.asBefore(o, r.cameBack(at)):
			r.result.Changed = append(r.result.Changed, o.Module)
		}
	}
	if r.result.Loaded == nil {
		return
	}
	for i := range r.result.Loaded.Steps {
		res := &r.result.Loaded.Steps[i]
		if name := r.l.knownName(res.Step.Module); res.Outcome == OutcomeInserted && !before[name] {
			r.result.Changed = append(r.result.Changed, name)
		}
	}
}

// wentOut reports whether a module was removed.
func (r *reload) wentOut(module string) bool {
	return slices.ContainsFunc(r.result.Removals, func(res RemovalResult) bool {
		return res.Module == module && res.Outcome != RemovalNotReached && res.Outcome != RemovalFailed
	})
}

// cameBack reports whether a step inserted the old module.
func (r *reload) cameBack(step int) bool {
	return r.result.Restored != nil && r.result.Restored.Steps[step].Outcome == OutcomeInserted
}

// asBefore reports whether a live module is the old one, with the parameters that it
// had. back says whether it was inserted again.
func (r *reload) asBefore(o *outgoing, back bool) bool {
	m, err := live.Open(r.l.kernel, o.Module)
	if err != nil || !o.sure || !back && o.old.isOf(m) != originSame {
		return false
	}
	shown, err := m.Parameters()
	return err == nil && slices.EqualFunc(shown, o.shown, func(a, b live.Parameter) bool {
		return a.Name == b.Name && a.Value == b.Value && a.Err == nil && b.Err == nil
	})
}

// refused is the error of a reload that was given up before anything was touched.
func (r *reload) refused(err error) error {
	if r.plan == nil {
		return err
	}
	r.result.Removals, r.result.Loaded = nil, nil
	return r.failed(err, "nothing was changed")
}

// failed returns the error of the whole call.
func (r *reload) failed(err error, detail string) error {
	e := &Error{Op: "reload", Err: err, Detail: detail}
	for i := range r.plan.Steps {
		if s := &r.plan.Steps[i]; s.Requested() {
			e.Module, e.Path = s.Module.Name, s.Module.Path
			break
		}
	}
	return e
}

// namesText lists modules in an error, "" for none.
func namesText(what string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return what + plain.Names(names, ", ")
}
