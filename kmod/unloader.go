package kmod

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/kmod/live"
)

// unloader carries out one call of Unload.
type unloader struct {
	l      *Loader
	ctx    context.Context
	opts   *UnloadOptions
	conf   *modconf.Config // nil without a DB
	result *UnloadResult

	names    *liveNames                    // of modules of the DB in the kernel
	files    map[string]string             // names of files, by the other names that the kernel has for them
	live     map[string]*live.LoadedModule // what is in the kernel, nil when it does not tell
	uses     map[string][]string           // the modules that each module holds
	targets  []Removal                     // each before those that it uses
	wanted   map[string]string             // requested modules, with the names that they were requested by
	turns    map[string]bool               // all targets
	visited  map[string]bool               // modules that had their turn
	left     time.Duration                 // time left for waiting
	soft     *resolver                     // of soft dependencies
	lookups  int                           // what looking them up may still cost
	stale    bool                          // what is known about the kernel may be out of date
	failures []error

	begun      map[string]bool // what Start was called for
	gone       int             // how many removals succeeded
	patient    bool            // what is in use gets another turn
	noCommands bool            // remove lines do not count
}

// newUnloader makes an unloader that knows what is in the kernel. It has a result even
// if there is an error.
func newUnloader(ctx context.Context, l *Loader, opts *UnloadOptions) (*unloader, error) {
	u := &unloader{
		l: l, ctx: ctx, opts: opts, result: &UnloadResult{}, left: opts.Wait, lookups: maxEdges,
		wanted: map[string]string{}, turns: map[string]bool{},
		visited: map[string]bool{}, begun: map[string]bool{}, files: map[string]string{},
	}
	if l.db != nil {
		u.conf, u.soft = l.db.conf(), &resolver{db: l.db, steps: newSteps()}
		if err := configError(u.conf); err != nil {
			return u, err
		}
	}
	return u, u.look()
}

// err is the error of the whole call.
func (u *unloader) err() error {
	if len(u.failures) == 1 {
		return u.failures[0]
	}
	return errors.Join(u.failures...)
}

// look reads what is in the kernel.
func (u *unloader) look() error {
	there := map[string]*live.LoadedModule{}
	uses := map[string][]string{}
	for m, err := range live.Loaded(u.l.kernel) {
		if err != nil {
			return err
		}
		there[m.Name] = &m
		for _, holder := range m.Holders {
			uses[holder] = append(uses[holder], m.Name)
		}
	}
	if kernfs.Exists(u.l.kernel.Proc(), "modules") || kernfs.Exists(u.l.kernel.Sys(), "module") {
		u.live, u.uses = there, uses
	}
	u.names = &liveNames{l: u.l, list: u.strangers}
	return nil
}

// strangers are those of the live modules that modules.dep does not list.
func (u *unloader) strangers() map[string]bool {
	strangers := map[string]bool{}
	for name := range u.live {
		u.l.db.addStranger(strangers, name)
	}
	return strangers
}

// kernelName returns the name that the kernel has for a module of the DB.
func (u *unloader) kernelName(m Module) string {
	if u.live == nil || u.live[m.Name] != nil || u.l.db == nil {
		return m.Name
	}
	name := u.names.name(m)
	if name == m.Name || u.live[name] == nil {
		return m.Name
	}
	u.files[name] = m.Name
	return name
}

// file returns the name that the DB has for a module in the kernel.
func (u *unloader) file(module string) string {
	if name, ok := u.files[module]; ok {
		return name
	}
	return module
}

// lookAgain reads what is in the kernel once more, after a pause or a command.
func (u *unloader) lookAgain() error {
	if !u.stale || u.opts.DryRun {
		return nil
	}
	u.stale = false
	return u.look()
}

// find resolves the names and puts the modules in order.
func (u *unloader) find(names []string) error {
	var order []string
	for _, name := range names {
		found, err := u.resolve(name)
		if u.skips(err) {
			skipped := Removal{Module: modname.Normalize(name), Reason: RemoveRequested, Of: name}
			u.note(RemovalResult{Removal: skipped, Outcome: RemovalSkipped, Err: err})
			continue
		}
		if err != nil {
			return err
		}
		for _, module := range found {
			if _, twice := u.wanted[module]; !twice {
				u.wanted[module] = name
				order = append(order, module)
			}
		}
	}
	for _, module := range order {
		u.addTarget(Removal{Module: module, Reason: RemoveRequested, Of: u.wanted[module]})
	}
	return nil
}

// skips reports whether the error of a name is that there is no such module, and the
// caller can do without it.
func (u *unloader) skips(err error) bool {
	lookup := (*LookupError)(nil)
	return u.opts.SkipUnknown && errors.As(err, &lookup) && lookup.Absence == nil
}

// resolve finds the modules that a name stands for.
func (u *unloader) resolve(name string) ([]string, error) {
	plain := modname.Normalize(name)
	if u.live[plain] != nil {
		return []string{plain}, nil
	}
	found := []Module{{Name: plain}}
	if u.l.db != nil {
		known, err := u.l.db.Lookup(name)
		if err != nil && !u.builtin(plain) {
			return nil, err
		} else if err == nil {
			found = known
		}
	}
	var modules []string
	for _, m := range found {
		if len(found) == 1 && (m.Builtin || u.builtin(m.Name)) && u.command(m.Name) == nil {
			return nil, &Error{Op: "remove", Module: m.Name, Err: ErrBuiltin}
		}
		modules = append(modules, u.kernelName(m))
	}
	return modules, nil
}

// builtin reports whether the kernel says that a module is a part of it.
func (u *unloader) builtin(name string) bool {
	status, _ := u.l.liveStatus(name)
	return u.live[name] == nil && status == live.StatusBuiltin
}

// addTarget adds a module after those of its holders that are to be removed too. The
// holders of a module cannot form a loop.
func (u *unloader) addTarget(r Removal) {
	if u.turns[r.Module] {
		return
	}
	u.turns[r.Module] = true
	if m := u.live[r.Module]; m != nil {
		for _, holder := range m.Holders {
			if name, asked := u.wanted[holder]; asked {
				u.addTarget(Removal{Module: holder, Reason: RemoveRequested, Of: name})
			} else if u.opts.Holders {
				u.addTarget(Removal{Module: holder, Reason: RemoveHolder, Of: r.Module})
			}
		}
	}
	u.targets = append(u.targets, r)
}

// errAnotherTurn is the error for a module that is in use as long as there are others
// that may be what uses it.
var errAnotherTurn = errors.New("the module has another turn")

// removeTargets removes the targets, with what goes along. A module can use another
// without the kernel listing it as a holder, as a file system uses a cipher. So, if the
// call keeps going after failures, what is in use gets another turn after the rest, as
// long as something is removed each time.
func (u *unloader) removeTargets() {
	pending := u.targets
	for u.patient = u.opts.KeepGoing && len(pending) > 1; u.patient; {
		before := u.gone
		pending = u.removeEach(pending)
		u.patient = len(pending) > 0 && u.gone > before
	}
	u.removeEach(pending)
}

// removeEach removes some of the targets, and returns those that are to get another
// turn.
func (u *unloader) removeEach(targets []Removal) (inUse []Removal) {
	for i, r := range targets {
		err := u.ctx.Err()
		ended := err != nil
		if !ended {
			err = u.removeWith(r)
		} else {
			i--
		}
		if err == errAnotherTurn {
			delete(u.visited, r.Module)
			inUse = append(inUse, r)
			continue
		}
		if err != nil {
			u.failures = append(u.failures, err)
		}
		if ended || err != nil && !u.opts.KeepGoing {
			for _, left := range append(inUse, targets[i+1:]...) {
				u.result.Removals = append(u.result.Removals, RemovalResult{Removal: left})
			}
			return nil
		}
	}
	return inUse
}

// removeWith removes a module with its soft dependencies around it and the
// dependencies that become unused.
func (u *unloader) removeWith(r Removal) error {
	if u.visited[r.Module] {
		return nil
	}
	u.visited[r.Module] = true
	r.Command = u.command(r.Module)
	if r.Command == nil && u.live != nil && u.live[r.Module] == nil {
		u.note(RemovalResult{Removal: r, Outcome: RemovalNotLoaded})
		return nil
	}
	deps := u.dependencies(r.Module)
	u.removeSoft(r.Module, func(s modconf.Softdep) []string { return s.Post })
	if err := u.remove(r); err != nil {
		return err
	}
	if u.opts.KeepUnused {
		return nil
	}
	if err := u.lookAgain(); err != nil {
		return err
	}
	if r.Command == nil {
		u.removeUnused(deps, r.Module)
	}
	u.removeSoft(r.Module, func(s modconf.Softdep) []string { return s.Pre })
	return nil
}

// remove removes one module, or runs the command that takes its place.
func (u *unloader) remove(r Removal) error {
	res := RemovalResult{Removal: r, Outcome: RemovalDone}
	if u.opts.Start != nil && !u.begun[r.Module] {
		u.opts.Start(&r)
	}
	u.begun[r.Module] = true
	switch {
	case r.Command != nil:
		res.Outcome = RemovalRan
		if !u.opts.DryRun {
			u.stale = true
			res.Err = u.l.command(u.ctx, r.Command)
		}
	case u.opts.DryRun:
		res.Err = u.rehearse(r)
	default:
		res.Err = u.removeWaiting(r)
	}
	switch {
	case errors.Is(res.Err, ErrNotLoaded):
		res.Outcome, res.Err = RemovalNotLoaded, nil
	case u.patient && r.isTarget() && errors.Is(res.Err, ErrInUse) && u.ctx.Err() == nil:
		return errAnotherTurn
	case res.Err != nil:
		res.Outcome = RemovalFailed
	default:
		u.gone++
	}
	if res.Outcome == RemovalDone || res.Outcome == RemovalNotLoaded {
		u.forget(r.Module)
	}
	u.note(res)
	return res.Err
}

// isTarget reports whether the module has to go, rather than just going along.
func (r *Removal) isTarget() bool { return r.Reason == RemoveRequested || r.Reason == RemoveHolder }

func (u *unloader) note(res RemovalResult) {
	u.result.Removals = append(u.result.Removals, res)
	if u.opts.Done != nil {
		u.opts.Done(&res)
	}
}

// maxRemovalPause bounds the pause between two tries.
const maxRemovalPause = 500 * time.Millisecond

// removeWaiting removes a module, and retries for as long as it is in use and there is
// time. It does not wait for modules that just go along.
func (u *unloader) removeWaiting(r Removal) error {
	var flags live.RemoveFlags
	if r.Reason == RemoveRequested {
		flags = u.opts.Flags
	}
	left, tries := new(time.Duration), 0
	if r.isTarget() && !u.patient {
		left = &u.left
	}
	return u.l.whileInUse(u.ctx, left, func() error {
		tries++
		u.stale = u.stale || tries > 1
		return u.l.remove(r.Module, flags)
	})
}

// whileInUse tries something again, with growing pauses, as long as modules are in use
// and there is time left.
func (l *Loader) whileInUse(ctx context.Context, left *time.Duration, try func() error) error {
	for pause := firstPause; ; pause = min(2*pause, maxRemovalPause) {
		err := try()
		if err == nil || *left <= 0 || !errors.Is(err, ErrInUse) && !errors.Is(err, ErrBusy) {
			return err
		}
		pause = min(pause, *left)
		*left -= pause
		if ctxErr := l.pause(ctx, pause); ctxErr != nil {
			return fmt.Errorf("%w: %w", err, ctxErr)
		}
	}
}

// rehearse returns the error that removing a module would.
func (u *unloader) rehearse(r Removal) error {
	m := u.live[r.Module]
	switch {
	case m == nil && u.live != nil:
		return &Error{Op: "remove", Module: r.Module, Err: ErrNotLoaded}
	case m == nil || u.opts.Flags&live.ForceRemove != 0:
		return nil
	case m.Permanent:
		return &Error{Op: "remove", Module: r.Module, Err: ErrPermanent}
	case m.Refcount > 0:
		return &Error{Op: "remove", Module: r.Module, Err: &InUseError{r.Module, m.Refcount, slices.Clone(m.Holders)}}
	}
	return nil
}

// forget removes a module that is gone from what is known about the kernel.
func (u *unloader) forget(module string) {
	delete(u.live, module)
	for _, used := range u.uses[module] {
		if m := u.live[used]; m != nil {
			m.Refcount--
			m.Holders = slices.DeleteFunc(m.Holders, func(name string) bool { return name == module })
		}
	}
}

// dependencies lists what a module in the kernel may have been loaded with, users
// before what they use: its dependencies in modules.dep, and what it uses according to
// the kernel.
func (u *unloader) dependencies(module string) []string {
	var names []string
	if u.l.db != nil {
		deps, _, _ := u.l.db.dependencies(u.file(module))
		for _, dep := range slices.Backward(deps) {
			names = append(names, u.kernelName(dep))
		}
	}
	for at := -1; at < len(names); at++ {
		if at >= 0 {
			module = names[at]
		}
		for _, used := range u.uses[module] {
			if !slices.Contains(names, used) {
				names = append(names, used)
			}
		}
	}
	return names
}

// removeUnused removes those of the modules that nothing uses, until there are none
// left. Targets have their own turn.
func (u *unloader) removeUnused(modules []string, of string) {
	stays := map[string]bool{} // could not be removed
	for removed := true; removed; {
		removed = false
		for _, module := range modules {
			if u.turns[module] || stays[module] || u.ctx.Err() != nil || !u.unused(module) {
				continue
			}
			r := Removal{Module: module, Reason: RemoveUnused, Of: of, Command: u.command(module)}
			if err := u.remove(r); err == nil && u.live[module] == nil {
				removed = true
			} else {
				stays[module] = true
			}
		}
	}
}

// unused reports whether a module is in the kernel without any user.
func (u *unloader) unused(module string) bool {
	m := u.live[module]
	return m != nil && m.Refcount == 0 && !m.Permanent
}

// removeSoft removes soft dependencies of a module, the last one first, with everything
// that is removed along with them.
func (u *unloader) removeSoft(module string, side func(modconf.Softdep) []string) {
	if u.conf == nil || u.opts.KeepUnused {
		return
	}
	var names []string
	for _, line := range u.conf.SoftdepsOf(u.file(module)) {
		names = append(names, side(line)...)
	}
	for _, name := range slices.Backward(names) {
		if u.lookups -= lookupCost; u.lookups < 0 {
			return
		}
		found, _ := u.soft.known(name) // a damaged index is an error only if something else depends on it
		for _, m := range slices.Backward(found) {
			if u.ctx.Err() != nil {
				return
			}
			if soft := u.kernelName(m); !u.turns[soft] && u.unused(soft) {
				_ = u.removeWith(Removal{Module: soft, Reason: RemoveSoft, Of: module})
			}
		}
	}
}

// command returns the remove command for a module, nil when there is none that counts.
func (u *unloader) command(module string) *Command {
	if u.conf == nil || u.noCommands {
		return nil
	}
	file := u.file(module)
	line, ok := u.conf.Remove(file)
	if _, asked := u.wanted[module]; !ok || asked && u.opts.IgnoreCommands {
		return nil
	}
	return &Command{Module: file, Text: line.Text, Remove: true, Origin: Origin(line.Origin)}
}
