package kmod

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokmod/gokmod/internal/modparam"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/kmod/live"
)

// reload is the state of one call of Reload.
type reload struct {
	l        *Loader
	opts     *ReloadOptions
	requests []Request
	result   *ReloadResult
	left     time.Duration // time left for waiting

	plan    *Plan             // what is to be in the kernel afterwards
	steps   map[string]int    // of the plan, by the kernel's names of the modules
	targets []string          // modules that were asked for, by the same
	out     []*outgoing       // what goes out, in that order
	gone    map[string]bool   // the same
	restore *Plan             // what brings it back, in the reverse order
	files   map[string]fileID // what goes in, by the kernel's names
	old     []*kept           // OldFiles
}

// outgoing is a live module that has to go out.
type outgoing struct {
	Removal
	row    live.LoadedModule
	shown  []live.Parameter // that it has now
	params string           // the same, as far as they can be given back
	old    *kept            // the file to bring it back from
	sure   bool             // that it was loaded from old, as far as can be known
}

// errSilentKernel: a Loader cannot know what to remove.
var errSilentKernel = reason.New(
	"neither /proc/modules nor /sys/module tells what is in the kernel", errors.ErrUnsupported)

// prepare finds out what has to be done, and whether anything stands in the way.
func (r *reload) prepare(ctx context.Context) error {
	if err := r.planTargets(); err != nil {
		return err
	}
	if err := r.l.whileInUse(ctx, &r.left, func() error { return r.survey(ctx) }); err != nil {
		return err
	}
	if err := r.readOldFiles(); err != nil {
		return err
	}
	if err := r.planHolders(); err != nil {
		return err
	}
	if err := r.readNewFiles(); err != nil {
		return err
	}
	if err := r.planRestore(); err != nil {
		return err
	}
	r.keepParams()
	if err := r.checkNewFiles(); err != nil {
		return err
	}
	return r.rehearse(ctx)
}

// planRequests plans what the caller asked for, and more.
func (r *reload) planRequests(more ...Request) (*Plan, error) {
	opts := r.opts.Plan
	opts.IgnoreCommands = true
	return r.l.db.PlanRequests(&opts, slices.Concat(r.requests, more)...)
}

func (r *reload) planTargets() error {
	plan, err := r.planRequests()
	r.plan = plan
	return err
}

// survey finds the modules that go out: those that were asked for and what uses them.
func (r *reload) survey(ctx context.Context) error {
	u, err := r.unloader(ctx, &UnloadOptions{Holders: true, DryRun: true})
	if err != nil {
		return err
	}
	if u.live == nil {
		return errSilentKernel
	}
	r.targets, r.out, r.gone, r.steps = nil, nil, map[string]bool{}, map[string]int{}
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		if !s.Requested() || s.Action == ActionSkip {
			continue
		}
		name := u.replaced(s.Module)
		if s.Module.Builtin || u.builtin(name) {
			return &Error{Op: "remove", Module: name, Err: ErrBuiltin}
		}
		r.targets = append(r.targets, name)
		r.steps[name] = i
		if u.live[name] != nil {
			u.wanted[name] = s.Module.Name
		}
	}
	for _, name := range r.targets {
		if of, there := u.wanted[name]; there {
			u.addTarget(Removal{Module: name, Reason: RemoveRequested, Of: of})
		}
	}
	if err := r.goOut(u); err != nil {
		return err
	}
	u.removeTargets()
	r.result.Removals = u.result.Removals
	return u.err()
}

// unloader makes an unloader that removes nothing but its targets.
func (r *reload) unloader(ctx context.Context, opts *UnloadOptions) (*unloader, error) {
	opts.KeepUnused = true
	u, err := newUnloader(ctx, r.l, opts)
	u.noCommands = true
	return u, err
}

// replaced returns the name that the kernel has for the module that a new one takes the
// place of.
func (u *unloader) replaced(m Module) string {
	if m.Local {
		known, err := u.l.db.byName(m.Name)
		if err != nil || !known.found() {
			return m.Name
		}
		m = known
	}
	return u.kernelName(m)
}

// goOut notes the targets of an unloader, as they are before it does anything.
func (r *reload) goOut(u *unloader) error {
	for _, t := range u.targets {
		row := *u.live[t.Module]
		if row.State != live.StateLive {
			return &Error{Op: "remove", Module: t.Module, Err: ErrBusy}
		}
		row.Holders = slices.Clone(row.Holders)
		r.out = append(r.out, &outgoing{Removal: t, row: row})
		r.gone[t.Module] = true
	}
	return nil
}

// planHolders adds the holders to the plan, each after what it uses.
func (r *reload) planHolders() error {
	var more []Request
	holders := map[string]string{} // their names in the plan, by the kernel's
	for _, o := range slices.Backward(r.out) {
		if o.Reason != RemoveHolder {
			continue
		}
		request, err := r.holderRequest(o.Module)
		if err != nil {
			return err
		}
		holders[o.Module] = cmp.Or(request.Module, &Module{Name: o.Module}).Name
		request.For = "a holder of " + o.Of
		more = append(more, request)
	}
	names := map[string]string{}
	for name, i := range r.steps {
		names[name] = r.plan.Steps[i].Module.Name
	}
	plan, err := r.planRequests(more...)
	if err != nil {
		return err
	}
	r.plan = plan
	maps.Copy(names, holders)
	position := map[string]int{}
	for i := range plan.Steps {
		position[plan.Steps[i].Module.Name] = i
	}
	for name, planned := range names {
		r.steps[name] = position[planned]
	}
	for name := range holders {
		if s := &plan.Steps[r.steps[name]]; s.Action != ActionInsert {
			return r.l.db.skipError(s)
		}
	}
	r.followHolders()
	return nil
}

// holderRequest asks for the file of a holder.
func (r *reload) holderRequest(name string) (Request, error) {
	m, err := r.l.fileOf(name, r.gone)
	if err != nil {
		return Request{}, err
	}
	if m.found() {
		return Request{Module: &m}, nil
	}
	for _, k := range r.old {
		if k.own == name {
			return Request{Path: k.module.Path}, nil
		}
	}
	const why = "it uses a module that is to be replaced, and there is no file to bring it back from"
	missing := reason.New(why, ErrNotFound)
	return Request{}, &Error{Op: "remove", Module: name, Err: missing}
}

// fileOf finds the module of the DB that the kernel has by that name. If its file has
// another name, it is among those that need one of the other modules.
func (l *Loader) fileOf(name string, others map[string]bool) (Module, error) {
	m, err := l.db.byName(name)
	if err != nil || m.found() {
		return m, err
	}
	for m, err := range l.db.Modules() {
		if err != nil {
			return m, err
		}
		deps, _, err := l.db.dependencies(m.Name)
		if err != nil {
			return m, err
		}
		needs := slices.ContainsFunc(deps, func(dep Module) bool { return others[dep.Name] || others[l.knownName(dep)] })
		if needs && l.ownName(m) == name {
			return m, nil
		}
	}
	return Module{}, nil
}

// followHolders makes each module wait for those that it used before, which modules.dep
// need not know.
func (r *reload) followHolders() {
	for _, o := range r.out {
		for _, holder := range o.row.Holders {
			user, goes := r.steps[holder]
			if used := r.steps[o.Module]; goes && used < user && !slices.Contains(r.plan.Steps[user].Needs, used) {
				s := &r.plan.Steps[user]
				s.Needs = append(s.Needs, used)
				slices.Sort(s.Needs)
			}
		}
	}
}

// planRestore plans how the modules that go out come back, and reads their parameters.
func (r *reload) planRestore() error {
	r.restore = &Plan{}
	at := map[string]int{}
	for _, o := range slices.Backward(r.out) {
		m, err := live.Open(r.l.kernel, o.Module)
		if err != nil {
			return err
		}
		if o.shown, err = m.Parameters(); err != nil {
			return err
		}
		var lost []live.Parameter
		if o.params, lost, err = m.ParamString(); err != nil {
			return err
		}
		r.lose(o, lost)
		r.findOld(o, m)
		s := Step{Module: r.plan.Steps[r.steps[o.Module]].Module}
		if o.old != nil {
			s.Module = o.old.module
			s.Module.kept = o.old
		}
		s.Reasons = []Reason{{Kind: ReasonRequested, Of: o.Module}}
		s.ParamSources = mergedParams(r.configured(o), o.params, nil)
		s.joinOptions()
		at[o.Module] = len(r.restore.Steps)
		r.restore.Steps = append(r.restore.Steps, s)
	}
	for _, o := range r.out {
		for _, holder := range o.row.Holders {
			s := &r.restore.Steps[at[holder]]
			s.Needs = append(s.Needs, at[o.Module])
			slices.Sort(s.Needs)
		}
	}
	return nil
}

// lose notes the parameters that cannot be kept, but for strings that were never set.
func (r *reload) lose(o *outgoing, lost []live.Parameter) {
	lost = slices.DeleteFunc(lost, func(p live.Parameter) bool {
		return p.Value != "" && strings.ReplaceAll(p.Value+",", "(null),", "") == ""
	})
	if len(lost) == 0 {
		return
	}
	if r.result.LostParams == nil {
		r.result.LostParams = map[string][]live.Parameter{}
	}
	r.result.LostParams[o.Module] = lost
}

// configured returns the parameters that the configuration has for a module that goes
// out.
func (r *reload) configured(o *outgoing) []ParamSource {
	sources := slices.Clone(r.plan.Steps[r.steps[o.Module]].ParamSources)
	return slices.DeleteFunc(sources, func(s ParamSource) bool { return s.Origin == nil })
}

// keepParams gives the modules that come in the parameters of those that go out.
func (r *reload) keepParams() {
	for _, o := range r.out {
		if r.opts.NewParams && o.Reason == RemoveRequested {
			continue
		}
		s := &r.plan.Steps[r.steps[o.Module]]
		given := slices.DeleteFunc(slices.Clone(s.ParamSources), func(p ParamSource) bool { return p.Origin != nil })
		s.ParamSources = mergedParams(r.configured(o), o.params, given)
		s.joinOptions()
	}
}

// mergedParams puts the parameters of the configuration, those that a module has and
// those that the caller gives in order, without those that a later one replaces.
func mergedParams(configured []ParamSource, has string, given []ParamSource) []ParamSource {
	later := map[string]bool{}
	note := func(params string) {
		for _, a := range modparam.Split(params) {
			later[modparam.Normalize(a.Name)] = true
		}
	}
	for _, p := range given {
		note(p.Params)
	}
	has = withoutParams(has, later)
	note(has)
	var merged []ParamSource
	for _, p := range configured {
		if p.Params = withoutParams(p.Params, later); p.Params != "" {
			merged = append(merged, p)
		}
	}
	if has != "" {
		merged = append(merged, ParamSource{Params: has})
	}
	return append(merged, given...)
}

// withoutParams returns a parameter string without those of some names.
func withoutParams(params string, names map[string]bool) string {
	args := modparam.Split(params)
	named := func(a modparam.Argument) bool { return names[modparam.Normalize(a.Name)] }
	rest := slices.DeleteFunc(slices.Clone(args), named)
	if len(rest) == len(args) {
		return params
	}
	var words []string
	for _, a := range rest {
		word, _ := modparam.Quote(a) // it was read from a parameter string
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// rehearse does everything but change the kernel, as if the modules that go out were
// gone: it asks Policy and Verify about the new files and the old ones.
func (r *reload) rehearse(ctx context.Context) error {
	opts := RunOptions{DryRun: true, KeepGoing: true}
	restored, err := r.l.runWithout(ctx, r.gone, r.restore, &opts)
	if restored == nil || ctx.Err() != nil {
		return err
	}
	for i, o := range slices.Backward(r.out) {
		res := &restored.Steps[len(r.out)-1-i]
		o.sure = o.sure && res.Outcome == OutcomeInserted
		if !o.sure {
			r.result.NoOldFile = append(r.result.NoOldFile, o.Module)
		}
	}
	if r.opts.MustRestore && r.result.NoOldFile != nil {
		return &Error{Op: "remove", Module: r.result.NoOldFile[0], Err: ErrOldFile}
	}
	opts = RunOptions{DryRun: true, Flags: r.opts.Flags}
	if r.opts.DryRun {
		opts.Done = r.opts.Loaded
	}
	r.result.Loaded, err = r.l.runWithout(ctx, r.gone, r.plan, &opts)
	return err
}
