package kmod

import (
	"slices"
)

// leftOut reports whether a module is excluded, or needs one that is, so that
// nothing that can do without brings it in.
func (p *planner) leftOut(m Module) (bool, error) {
	if len(p.excluded) == 0 {
		return false, nil
	}
	if p.excluded[m.Name] {
		return true, nil
	}
	deps, err := p.dependencies(m)
	return slices.ContainsFunc(deps, func(dep Module) bool { return p.excluded[dep.Name] }), err
}
