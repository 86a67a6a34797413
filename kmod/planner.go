package kmod

import (
	"errors"
	"fmt"
)

// Request asks for one module.
type Request struct {
	// Name is a module's name or an alias; see [DB.Lookup].
	Name string

	// Params are the parameters of the module, in the form of [Step.Params].
	// They do not concern its dependencies.
	Params string
}

// Plan works out what has to be done to load the modules that the names stand
// for, their hard dependencies first. An alias of several modules means all of
// them. A name that is unknown fails the whole plan.
func (db *DB) Plan(names ...string) (*Plan, error) {
	requests := make([]Request, len(names))
	for i, name := range names {
		requests[i].Name = name
	}
	return db.PlanRequests(requests...)
}

// PlanRequests is [DB.Plan] for requests with parameters. Where two requests
// concern the same module, their parameters are joined in order.
func (db *DB) PlanRequests(requests ...Request) (*Plan, error) {
	p := planner{db: db, plan: &Plan{}, index: map[string]int{}, left: maxEdges}
	for _, r := range requests {
		if err := p.request(r); err != nil {
			return nil, err
		}
	}
	return p.plan, nil
}

// planner collects the steps of a plan.
type planner struct {
	db    *DB
	plan  *Plan
	index map[string]int // step of each module, by name
	left  int            // dependencies that may still be listed
}

// maxEdges bounds the dependencies that a plan goes through. All modules of a
// distribution's kernel together have some ten thousand; a damaged or hostile
// modules.dep can have any number, in a file of a few kilobytes.
const maxEdges = 1 << 20

// errEdges: the bound is reached.
var errEdges = errors.New("the lists of dependencies are too long")

// dependencies is DB.Dependencies with the bound.
func (p *planner) dependencies(m Module) ([]Module, error) {
	deps, err := p.db.Dependencies(m.Name)
	if p.left -= len(deps); err == nil && p.left < 0 {
		err = fmt.Errorf("plan the load of module %s: %w", printable(m.Name), errEdges)
	}
	return deps, err
}

func (p *planner) request(r Request) error {
	found, err := p.db.Lookup(r.Name)
	if err != nil {
		return err
	}
	for _, m := range found {
		if !m.found() {
			return p.db.notFound(m.Name, &p.db.deps, &p.db.builtins)
		}
		at, err := p.add(m, Reason{ReasonRequested, r.Name})
		if err != nil {
			return err
		}
		p.plan.Steps[at].addParams(r.Params)
	}
	return nil
}

// add puts a module behind its dependencies and returns its step.
func (p *planner) add(m Module, why Reason) (int, error) {
	if at, seen := p.index[m.Name]; seen {
		p.addReason(at, why)
		return at, nil
	}
	if m.Builtin {
		return p.append(Step{Action: ActionBuiltin, Module: m, Reasons: []Reason{why}}), nil
	}
	deps, err := p.dependencies(m)
	if err != nil {
		return 0, err
	}
	after := make([]int, 0, len(deps))
	for _, dep := range deps {
		if dep.Name == m.Name {
			continue // a damaged file
		}
		at, err := p.addDependency(dep, Reason{ReasonDependency, m.Name})
		if err != nil {
			return 0, err
		}
		after = append(after, at)
	}
	return p.append(Step{Action: ActionInsert, Module: m, Reasons: []Reason{why}, After: after}), nil
}

// addDependency adds a module from a line of modules.dep. The line lists the
// dependencies of its dependencies too, before them, so there is no need to
// descend, and a loop in a damaged file does no harm.
func (p *planner) addDependency(m Module, why Reason) (int, error) {
	if at, seen := p.index[m.Name]; seen {
		p.addReason(at, why)
		return at, nil
	}
	deps, err := p.dependencies(m)
	if err != nil {
		return 0, err
	}
	var after []int
	for _, dep := range deps {
		if at, planned := p.index[dep.Name]; planned {
			after = append(after, at)
		}
	}
	return p.append(Step{Action: ActionInsert, Module: m, Reasons: []Reason{why}, After: after}), nil
}

func (p *planner) append(s Step) int {
	p.plan.Steps = append(p.plan.Steps, s)
	at := len(p.plan.Steps) - 1
	p.index[s.Module.Name] = at
	return at
}

func (p *planner) addReason(at int, why Reason) {
	s := &p.plan.Steps[at]
	s.Reasons = append(s.Reasons, why)
}

func (s *Step) addParams(params string) {
	switch {
	case params == "":
	case s.Params == "":
		s.Params = params
	default:
		s.Params += " " + params
	}
}
