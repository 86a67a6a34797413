package closure

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/tree"
	"github.com/gokmod/gokmod/kmod"
)

// builder makes a Closure. A plan that also follows weak dependencies says what
// needs what.
type builder struct {
	db       *kmod.DB
	opts     *Options
	requests []kmod.Request
	plan     *kmod.Plan
	closure  *Closure
	warned   map[WarningKind]int
	dropped  map[string]bool // modules that cannot be read and are not required
	excluded map[string]bool
	unkept   map[string]bool // modules that opts.Keep or opts.Machine leave out
	loaded   map[string]bool // modules that the kernel of opts.Machine has

	usedAlias map[string]bool // whether it has one of the modules of an alias
	finder    *firmwareFinder

	firmwareText atomic.Int64 // bytes of firmware names
}

func newBuilder(db *kmod.DB, opts *Options) (*builder, error) {
	if err := absence(db.Modules()); err != nil {
		return nil, err
	}
	finder, err := newFirmwareFinder(treeOf(db), db.Release(), opts)
	if err != nil {
		return nil, err
	}
	b := &builder{
		db: db, opts: opts, finder: finder,
		closure: &Closure{Release: db.Release(), db: db},
		warned:  map[WarningKind]int{}, dropped: map[string]bool{},
		excluded: map[string]bool{}, unkept: map[string]bool{},
	}
	for _, name := range opts.Exclude {
		b.excluded[modname.Normalize(name)] = true
	}
	return b, nil
}

// absence is the error of entries whose index is not there. What else is wrong with
// it shows when something depends on that.
func absence[T any](entries iter.Seq2[T, error]) error {
	for _, err := range entries {
		if errors.Is(err, kmod.ErrNoModuleDir) || errors.Is(err, kmod.ErrNoIndexes) {
			return err
		}
		break
	}
	return nil
}

// treeOf is the tree below the root of a DB.
func treeOf(db *kmod.DB) *tree.Tree {
	fsys, prefix := db.FS()
	return &tree.Tree{FS: fsys, Prefix: prefix}
}

// planOptions returns the options that a closure is planned with.
func (b *builder) planOptions() *kmod.PlanOptions {
	return &kmod.PlanOptions{
		KeepBlacklisted: b.opts.KeepBlacklisted, Exclude: b.opts.Exclude, Keep: b.keeper(),
		NoSoftdeps: b.opts.NoSoftdeps, Weakdeps: !b.opts.NoWeakdeps, BuiltinDeps: true, NoCmdline: !b.opts.Cmdline,
	}
}

// keeper returns what decides on modules that nothing requires, nil for nothing. It
// notes those that the caller leaves out.
func (b *builder) keeper() func(kmod.Module, kmod.Reason) bool {
	if b.opts.Keep == nil && b.opts.Machine == nil {
		return nil
	}
	return func(m kmod.Module, why kmod.Reason) bool {
		kept := b.isUsed(m, why) && (b.opts.Keep == nil || b.opts.Keep(m, why))
		if !kept {
			b.unkept[m.Name] = true
		}
		return kept
	}
}

// ask plans what the caller wants. One error names all unknown modules.
func (b *builder) ask(names []string) error {
	var unknown []error
	i := 0
	for found, err := range b.db.LookupAll(names...) {
		if err == nil {
			err = b.askName(names[i], found)
		}
		i++
		if errors.Is(err, kmod.ErrNotFound) {
			unknown = append(unknown, err)
		} else if err != nil {
			return err
		}
	}
	if err := b.askSelections(); errors.Is(err, kmod.ErrNotFound) {
		unknown = append(unknown, err)
	} else if err != nil {
		return err
	}
	if len(unknown) > 0 {
		return errors.Join(unknown...)
	}
	if b.opts.Modaliases != nil {
		if err := b.askModaliases(b.opts.Modaliases); err != nil {
			return err
		}
	}
	err := b.askMachine()
	if err != nil {
		return err
	}
	b.plan, err = b.db.PlanRequests(b.planOptions(), b.requests...)
	return err
}

// askName requests what a name stands for. Of the modules that an alias stands for,
// at least one has to exist.
func (b *builder) askName(name string, found []kmod.Module) error {
	if !slices.ContainsFunc(found, b.isThere) {
		name := found[0].Name
		_, err := b.db.Module(name)
		if err == nil { // the index has it with dashes, which nothing else has
			err = &kmod.LookupError{Name: name, Dir: b.db.Dir(), Err: kmod.ErrNotFound}
		}
		return err
	}
	for i := range found {
		b.requests = append(b.requests, kmod.Request{Module: &found[i], For: name, Optional: found[i].Alias != ""})
	}
	return nil
}

// isThere reports whether there is anything behind the name of a module: a file,
// a part of the kernel, or a command.
func (b *builder) isThere(m kmod.Module) bool {
	install, remove := b.db.Commands(m.Name)
	return m.Path != "" || m.Builtin || install != nil || remove != nil
}

// maxModaliases is more than a plan takes.
const maxModaliases = 1 << 17

// askModaliases asks for what devices are for. One that no module is for is passed
// over.
func (b *builder) askModaliases(modaliases iter.Seq[string]) error {
	if err := absence(b.db.Aliases()); err != nil {
		return err
	}
	seen := map[string]bool{}
	for modalias := range modaliases {
		if !seen[modalias] {
			seen[modalias] = true
			b.requests = append(b.requests, kmod.Request{Name: modalias, Optional: true})
		}
		if len(seen) > maxModaliases {
			break // the plan will say that these are too many
		}
	}
	return nil
}

// list turns the steps of the plan into the modules of the closure.
func (b *builder) list() error {
	steps := b.plan.Steps
	required := make([]bool, len(steps))
	b.closure.Modules = make([]Module, 0, len(steps))
	for i, s := range slices.Backward(steps) {
		required[i] = required[i] || s.Requested()
		for _, at := range s.Needs {
			required[at] = required[at] || required[i]
		}
	}
	var skipped []*kmod.Step
	for i := range steps {
		s := &steps[i]
		if s.Action == kmod.ActionSkip {
			skipped = append(skipped, s)
			continue
		}
		m := Module{Module: s.Module, Reasons: s.Reasons, Required: required[i]}
		for _, at := range s.Needs {
			m.Needs = append(m.Needs, steps[at].Module.Name)
		}
		if err := b.checkExcluded(&m); err != nil {
			return err
		}
		b.closure.Modules = append(b.closure.Modules, m)
	}
	b.warnSkipped(skipped)
	return nil
}

// errExcluded: a module that the caller excludes is needed by one that it requests.
var errExcluded = errors.New("it is excluded")

// checkExcluded refuses a module that needs one that is excluded.
func (b *builder) checkExcluded(m *Module) error {
	for _, name := range m.Needs {
		if b.excluded[name] {
			return fmt.Errorf("collect what module %s needs: module %s: %w", plain.Name(m.Name), plain.Name(name), errExcluded)
		}
	}
	return nil
}

// configure collects the lines of configuration that concern the modules.
func (b *builder) configure() error {
	names := make([]string, len(b.closure.Modules))
	for i := range b.closure.Modules {
		names[i] = b.closure.Modules[i].Name
	}
	lines, err := b.db.ConfigLines(b.planOptions(), names...)
	if err != nil {
		return err
	}
	for i := range lines {
		if line := &lines[i]; line.Command != "" {
			b.warn(Warning{Kind: WarnCommand, Module: line.Module, Origin: &line.Origin,
				Text: "the programs of a command are not in the closure: " + plain.Name(line.Command)})
		}
	}
	b.closure.Config = lines
	b.sortWarnings()
	return nil
}
