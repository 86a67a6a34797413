package kmod

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
)

// check returns what is wrong with a plan, which may not be one that a DB made, or the
// position of each module's step.
func (p *Plan) check() (map[string]int, error) {
	if p == nil {
		return nil, fmt.Errorf("%w: there is none", ErrPlan)
	}
	names := make(map[string]int, len(p.Steps))
	for i := range p.Steps {
		s := &p.Steps[i]
		for _, before := range [][]int{s.Needs, s.After} {
			for _, at := range before {
				if at < 0 || at >= i {
					return nil, fmt.Errorf("%w: step %d waits for step %d", ErrPlan, i, at)
				}
			}
		}
		if !s.complete() {
			return nil, fmt.Errorf("%w: step %d does not say what to do", ErrPlan, i)
		}
		if before, twice := names[s.Module.Name]; twice {
			return nil, fmt.Errorf("%w: steps %d and %d are both about module %s",
				ErrPlan, before, i, plain.Name(s.Module.Name))
		}
		names[s.Module.Name] = i
	}
	return names, nil
}

// complete reports whether a step has what its action requires.
func (s *Step) complete() bool {
	switch s.Action {
	case ActionInsert:
		return !s.Module.Builtin
	case ActionCommand:
		return s.Command != nil
	case ActionSkip:
		return s.Skip != nil
	}
	return s.Action == ActionBuiltin
}

// locate finds the files of a plan in the DB again if the DB did not make it. The
// result has only the files that the DB has for the modules, and those that were
// requested by their paths.
func (db *DB) locate(p *Plan) (*Plan, error) {
	var steps []Step
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Action != ActionInsert && s.Action != ActionCommand || db.has(&s.Module) {
			continue
		}
		if steps == nil {
			steps = slices.Clone(p.Steps)
		}
		if err := db.locateStep(&steps[i]); err != nil {
			return nil, err
		}
	}
	if steps == nil {
		return p, nil
	}
	return &Plan{Steps: steps}, nil
}

// has reports whether a module still has the file that the DB found for it or the
// caller gave, or has none, as a live module needs none.
func (db *DB) has(m *Module) bool {
	rel, below := strings.CutPrefix(m.Path, db.tree.Prefix)
	return m.Local || m.Path == "" && m.file == "" || m.file != "" && below && rel == m.file
}

// locateStep finds the file of one module.
func (db *DB) locateStep(s *Step) error {
	m := &s.Module
	byPath := Reason{Kind: ReasonRequested, Of: m.Path}
	if slices.ContainsFunc(s.Reasons, byPath.equal) && m.Name == modname.FromPath(m.Path) {
		m.Local = true
		return nil
	}
	found, err := db.byName(m.Name)
	if err != nil {
		return err
	}
	if found.Path != m.Path {
		return m.failed("locate", notItsFile(m.Path, found.Path))
	}
	m.file = found.file
	return nil
}

// notItsFile is the error for the path of a module in a plan, where the DB has
// another one, or "" for none.
func notItsFile(path, known string) error {
	if known == "" {
		return reason.New(fmt.Sprintf("the path %q of the plan is not that of a known module", path), ErrPath)
	}
	return reason.New(fmt.Sprintf("the path %q of the plan is not that of its file, %s", path, known), ErrPath)
}
