package kmod

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/plain"
)

// softTurn is one of the two lists of soft dependencies that a module has.
type softTurn struct {
	module string
	kind   ReasonKind
}

// soft visits the soft dependencies of one kind, from all lines, and returns the steps
// of the modules themselves. Unknown modules do not matter.
//
// Meanwhile one of the dependencies may need the module, whose turn then comes again:
// the inner call then visits the rest of the list.
func (p *planner) soft(m Module, kind ReasonKind) ([]int, error) {
	turn := softTurn{m.Name, kind}
	if p.opts.NoSoftdeps || p.settled[turn] {
		return nil, nil
	}
	lines, err := p.softdeps(m)
	if len(lines) == 0 || err != nil {
		return nil, err
	}
	if len(p.chain) == maxDepth {
		return nil, fmt.Errorf("plan the load of module %s: %w: %d of them lead to module %s",
			plain.Name(p.chain[0]), errDepth, maxDepth, plain.Name(m.Name))
	}
	p.chain = append(p.chain, m.Name)
	defer func() { p.chain = p.chain[:len(p.chain)-1] }()
	var steps []int
	for _, line := range lines {
		names := line.Pre
		if kind == ReasonSoftPost {
			names = line.Post
		}
		if err := p.spend(m.Name, len(names)); err != nil {
			return nil, err
		}
		for _, name := range names {
			why := Reason{Kind: kind, Of: m.Name, Origin: publicOrigin(line.Origin)}
			found, err := p.softNamed(name, why)
			if err != nil {
				return nil, err
			}
			steps = append(steps, found...)
		}
	}
	note(&p.settled, turn, true)
	slices.Sort(steps)
	return slices.Compact(steps), nil
}

// softdeps returns the lines about the soft dependencies of a module.
func (p *planner) softdeps(m Module) ([]modconf.Softdep, error) {
	lines := p.conf.SoftdepsOf(m.Name)
	more, err := p.builtins.softdeps(m)
	if len(more) == 0 {
		return lines, err
	}
	return slices.Concat(lines, more), err
}

// softNamed visits the modules that a soft dependency names.
func (p *planner) softNamed(name string, why Reason) ([]int, error) {
	found, err := p.lookupNamed(name, why.Of)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		p.skip(Module{Name: name}, why, Skip{Kind: SkipMissing})
	}
	var steps []int
	for _, m := range found {
		out, err := p.leftOut(m, why)
		if err != nil {
			return nil, err
		}
		if out {
			p.skip(m, why, Skip{Kind: SkipExcluded})
			continue
		}
		at, err := p.visit(m, why)
		if err != nil {
			return nil, err
		}
		if at >= 0 {
			steps = append(steps, at)
		}
	}
	return steps, nil
}

// lookupNamed finds the modules that a soft dependency of a module names. It looks each
// name up once per plan: a hostile file can have any number of them.
func (p *planner) lookupNamed(name, of string) ([]Module, error) {
	found, known := p.named[name]
	if !known {
		if err := p.spend(of, lookupCost); err != nil {
			return nil, err
		}
		var err error
		if found, err = p.modules.lookup(name); errors.Is(err, ErrBudget) {
			return nil, fmt.Errorf("plan the load of module %s: %w", plain.Name(of), err)
		}
		note(&p.named, name, found) // a damaged index is an error only if something else depends on it
	}
	return found, p.spend(of, len(found))
}

// leftOut reports whether a module is excluded or not to be kept, or needs one that is,
// so that only what cannot do without it brings it in.
func (p *planner) leftOut(m Module, why Reason) (bool, error) {
	if len(p.excluded) == 0 && p.opts.Keep == nil {
		return false, nil
	}
	if p.unwanted(m, why) {
		return true, nil
	}
	deps, err := p.dependencies(m)
	why = Reason{Kind: ReasonDependency, Of: m.Name}
	return slices.ContainsFunc(deps, func(dep Module) bool { return p.unwanted(dep, why) }), err
}

// unwanted reports whether the caller leaves a module out.
func (p *planner) unwanted(m Module, why Reason) bool {
	return p.excluded[m.Name] || p.opts.Keep != nil && !p.opts.Keep(m, why)
}

// followWeak plans the weak dependencies of everything planned so far, and of what that
// brings in.
func (p *planner) followWeak() error {
	if !p.opts.Weakdeps {
		return nil
	}
	for i := 0; i < len(p.plan.Steps); i++ {
		if err := p.followWeakOf(p.plan.Steps[i].Module); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) followWeakOf(m Module) error {
	more, err := p.builtins.weakdeps(m)
	if err != nil {
		return err
	}
	for _, line := range slices.Concat(p.conf.WeakdepsOf(m.Name), more) {
		if err := p.spend(m.Name, len(line.Modules)); err != nil {
			return err
		}
		for _, name := range line.Modules {
			why := Reason{Kind: ReasonWeak, Of: m.Name, Origin: publicOrigin(line.Origin)}
			if _, err := p.softNamed(name, why); err != nil {
				return err
			}
		}
	}
	return nil
}
