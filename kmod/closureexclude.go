package kmod

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gokmod/gokmod/internal/plain"
)

// errExcluded: what the caller does not want is needed by what he asks for.
var errExcluded = errors.New("it is excluded")

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

// checkExcluded refuses a module that needs one that is excluded.
func (b *closureBuilder) checkExcluded(m *ClosureModule) error {
	for _, name := range m.Needs {
		if b.p.excluded[name] {
			return fmt.Errorf("collect what module %s needs: module %s: %w", plain.Name(m.Name), plain.Name(name), errExcluded)
		}
	}
	return nil
}
