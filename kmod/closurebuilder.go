package kmod

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/modname"
)

// closureBuilder makes a Closure. What needs what is the planner's business: the
// closure is its plan, with weak dependencies followed as well.
type closureBuilder struct {
	db      *DB
	opts    *ClosureOptions
	conf    *modconf.Config
	p       *planner
	closure *Closure
	warned  map[ClosureWarningKind]int
	dropped map[string]bool // modules without which it goes, and that cannot be read
	fields  builtinFields
	finder  *firmwareFinder

	firmwareText atomic.Int64 // bytes of the names of firmware
}

func newClosureBuilder(db *DB, opts *ClosureOptions) (*closureBuilder, error) {
	dirs := opts.FirmwareDirs
	if opts.NoFirmware {
		dirs = nil
	}
	finder, err := db.newFirmwareFinder(dirs)
	if err != nil {
		return nil, err
	}
	conf := db.fileConf
	if opts.Cmdline {
		conf = db.conf
	}
	b := &closureBuilder{
		db: db, opts: opts, conf: conf(),
		closure: &Closure{Release: db.Release(), db: db},
		warned:  map[ClosureWarningKind]int{}, dropped: map[string]bool{},
		fields: builtinFields{db: db}, finder: finder,
	}
	b.p = newPlanner(db, &PlanOptions{NoSoftdeps: opts.NoSoftdeps})
	b.p.conf, b.p.builtins = b.conf, &b.fields
	if len(opts.Exclude) > 0 {
		b.p.excluded = map[string]bool{}
	}
	for _, name := range opts.Exclude {
		b.p.excluded[modname.Normalize(name)] = true
	}
	return b, nil
}

// ask plans what the caller wants. All unknown names make one error.
func (b *closureBuilder) ask(names []string) error {
	var unknown []error
	for _, name := range names {
		err := b.askName(name)
		if errors.Is(err, ErrNotFound) {
			unknown = append(unknown, err)
		} else if err != nil {
			return err
		}
	}
	if err := b.askSelections(); errors.Is(err, ErrNotFound) {
		unknown = append(unknown, err)
	} else if err != nil {
		return err
	}
	if len(unknown) > 0 {
		return errors.Join(unknown...)
	}
	return b.askModaliases()
}

// askName plans what a name stands for. An alias may stand for several modules,
// of which one at least has to be there.
func (b *closureBuilder) askName(name string) error {
	found, err := b.p.modules.known(name)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(found, func(m Module) bool { return m.found() || b.db.hasCommand(m.Name) })
	if !known {
		return b.db.notFound(found[0].Name, &b.db.deps, &b.db.builtins)
	}
	for _, m := range found {
		if err := b.want(m, name, m.Alias == ""); err != nil {
			return err
		}
	}
	return nil
}

// want plans one module. Where it was not asked for by its own name, it may be
// excluded or blacklisted.
func (b *closureBuilder) want(m Module, of string, byName bool) error {
	why := Reason{Kind: ReasonRequested, Of: of}
	if !byName {
		out, err := b.p.leftOut(m)
		if err != nil {
			return err
		}
		if out {
			b.p.skip(m, why, Skip{Kind: SkipExcluded})
			return nil
		}
	}
	if origin, yes := b.conf.Blacklisted(m.Name); yes && m.Alias != "" && !b.opts.KeepBlacklisted {
		b.p.skip(m, why, Skip{Kind: SkipBlacklisted, Origin: publicOrigin(origin)})
		return nil
	}
	_, err := b.p.visit(m, why)
	return err
}

// askModaliases plans what devices are for. One that no module is for is passed
// over.
func (b *closureBuilder) askModaliases() error {
	if b.opts.Modaliases == nil {
		return nil
	}
	if err := b.db.require(&b.db.aliases); err != nil {
		return err
	}
	seen := map[string]bool{}
	for modalias := range b.opts.Modaliases {
		if seen[modalias] {
			continue
		}
		seen[modalias] = true
		if err := b.p.spend(modalias, lookupCost); err != nil {
			return err
		}
		found, err := b.p.modules.known(modalias)
		var lookup *LookupError
		if errors.As(err, &lookup) { // unknown, or no alias at all
			continue
		}
		if err != nil {
			return err
		}
		for _, m := range found {
			if err := b.want(m, modalias, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow plans the weak dependencies of everything planned so far, and those of
// what that brings in.
func (b *closureBuilder) follow() error {
	if b.opts.NoWeakdeps {
		return nil
	}
	for i := 0; i < len(b.p.plan.Steps); i++ {
		if err := b.followStep(b.p.plan.Steps[i].Module); err != nil {
			return err
		}
	}
	return nil
}

func (b *closureBuilder) followStep(m Module) error {
	more, err := b.fields.weakdeps(m)
	if err != nil {
		return err
	}
	for _, line := range slices.Concat(b.conf.WeakdepsOf(m.Name), more) {
		if err := b.p.spend(m.Name, len(line.Modules)); err != nil {
			return err
		}
		for _, name := range line.Modules {
			why := Reason{Kind: ReasonWeak, Of: m.Name, Origin: publicOrigin(line.Origin)}
			if _, err := b.p.softNamed(name, why); err != nil {
				return err
			}
		}
	}
	return nil
}

// list makes the modules of the closure of the steps of the plan.
func (b *closureBuilder) list() error {
	steps := b.p.plan.Steps
	required := make([]bool, len(steps))
	b.closure.Modules = make([]ClosureModule, 0, len(steps))
	for i, s := range slices.Backward(steps) {
		required[i] = required[i] || s.Requested()
		for _, at := range s.Needs {
			required[at] = required[at] || required[i]
		}
	}
	for i := range steps {
		s := &steps[i]
		if s.Action == ActionSkip {
			b.p.skip(s.Module, s.Reasons[0], *s.Skip)
			delete(b.p.index, s.Module.Name)
			continue
		}
		m := ClosureModule{Module: s.Module, Reasons: s.Reasons, Required: required[i]}
		for _, at := range s.Needs {
			m.Needs = append(m.Needs, steps[at].Module.Name)
		}
		if err := b.checkExcluded(&m); err != nil {
			return err
		}
		b.closure.Modules = append(b.closure.Modules, m)
	}
	b.skippedWarnings()
	return nil
}
