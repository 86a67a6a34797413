package depmod

import (
	"fmt"
	"slices"
	"strings"
)

// CycleError reports modules that need each other, so that none of them could
// be loaded first.
type CycleError struct {
	// Cycles lists each cycle as the names along it, the first one not repeated
	// at the end.
	Cycles [][]string
}

func (e *CycleError) Error() string {
	var all []string
	for _, c := range e.Cycles {
		all = append(all, strings.Join(append(slices.Clone(c), c[0]), " -> "))
	}
	return fmt.Sprintf("modules need each other: %s", strings.Join(all, "; "))
}

// cycles finds the cycles among the modules that still have users.
func (x *Index) cycles(users []int) error {
	const unseen, open, closed = 0, 1, 2
	state := make([]int, len(x.modules))
	var found [][]string
	for i := range x.modules {
		if users[i] == 0 || state[i] != unseen {
			continue
		}
		type frame struct{ module, next int }
		way := []frame{{module: i}}
		state[i] = open
		for len(way) > 0 {
			top := &way[len(way)-1]
			deps := x.modules[top.module].deps
			if top.next == len(deps) {
				state[top.module] = closed
				way = way[:len(way)-1]
				continue
			}
			dep := deps[top.next]
			top.next++
			switch state[dep] {
			case unseen:
				state[dep] = open
				way = append(way, frame{module: dep})
			case open:
				from := slices.IndexFunc(way, func(f frame) bool { return f.module == dep })
				var names []string
				for _, f := range way[from:] {
					names = append(names, x.modules[f.module].Name)
				}
				found = append(found, names)
			}
		}
	}
	return &CycleError{Cycles: found}
}
