package depmod

import (
	"fmt"
	"slices"
	"strings"
)

// CycleError reports modules that need each other, so that none of them can be
// loaded first.
type CycleError struct {
	// Cycles lists cycles as the names along them, without repeating the first
	// at the end. Every module that is part of any cycle is in one of these,
	// unless there are more than a person would read.
	Cycles [][]string

	// Modules is the number of modules that are part of a cycle.
	Modules int

	// Index is the result of the scan, for its modules and its Report. It has
	// no files.
	Index *Index
}

func (e *CycleError) Error() string {
	var all []string
	for _, c := range e.Cycles {
		all = append(all, strings.Join(append(slices.Clone(c), c[0]), " -> "))
	}
	return fmt.Sprintf("modules need each other: %s", strings.Join(all, "; "))
}

// maxCycleNames bounds the names in all cycles of a CycleError, beyond the first
// cycle.
const maxCycleNames = 1 << 16

// cycles makes the error for modules that still have users.
func (x *Index) cycles(users []int32) error {
	knots := x.knots(users)
	e := &CycleError{Index: x}
	f := cycleFinder{x: x, knots: knots, state: make([]byte, len(x.modules)), told: make([]bool, len(x.modules)), err: e}
	for i, knot := range knots {
		if knot != 0 {
			e.Modules++
			f.search(i)
		}
	}
	for i, knot := range knots {
		if knot != 0 && !f.told[i] {
			f.shortest(i)
		}
	}
	x.Report.Cycles = e.Cycles
	x.fault = e
	return e
}

// cycleFinder lists cycles.
type cycleFinder struct {
	x     *Index
	knots []int  // see Index.knots
	state []byte // of modules in the search: unseen, open, closed
	told  []bool // modules in reported cycles
	names int
	err   *CycleError
}

const (
	unseen = iota
	open
	closed
)

// frame is a step on the path through dependencies. They are visited from the
// last one to the first.
type frame struct{ module, left int }

// search follows the dependencies of a module within its knot. A cycle is where
// they lead back to the path.
func (f *cycleFinder) search(from int) {
	if f.state[from] != unseen {
		return
	}
	way := []frame{f.enter(from)}
	for len(way) > 0 {
		top := &way[len(way)-1]
		if top.left == 0 {
			f.state[top.module] = closed
			way = way[:len(way)-1]
			continue
		}
		top.left--
		dep := int(f.x.modules[top.module].deps[top.left])
		switch {
		case f.knots[dep] != f.knots[from]:
		case f.state[dep] == unseen:
			way = append(way, f.enter(dep))
		case f.state[dep] == open:
			f.tellWay(way, dep)
		}
	}
}

// tellWay adds the cycle at the end of a path, which begins with the given
// module.
func (f *cycleFinder) tellWay(way []frame, from int) {
	if f.names >= maxCycleNames {
		return
	}
	var cycle []int
	for at := len(way) - 1; len(cycle) == 0 || cycle[len(cycle)-1] != from; at-- {
		cycle = append(cycle, way[at].module)
	}
	slices.Reverse(cycle)
	f.tell(cycle)
}

func (f *cycleFinder) enter(module int) frame {
	f.state[module] = open
	return frame{module, len(f.x.modules[module].deps)}
}

// tell adds a cycle, if there is room for it.
func (f *cycleFinder) tell(modules []int) {
	f.names += len(modules)
	if len(f.err.Cycles) > 0 && f.names > maxCycleNames {
		return
	}
	names := make([]string, len(modules))
	for k, m := range modules {
		f.told[m] = true
		names[k] = f.x.modules[m].Name
	}
	f.err.Cycles = append(f.err.Cycles, names)
}

// shortest adds a shortest cycle through a module.
func (f *cycleFinder) shortest(from int) {
	if f.names >= maxCycleNames {
		return
	}
	before := map[int]int{}
	queue := []int{from}
	for at := 0; at < len(queue); at++ {
		f.names++ // searches count too, so that many without room end
		for _, d := range f.x.modules[queue[at]].deps {
			dep := int(d)
			if dep == from {
				f.tell(wayBack(before, from, queue[at]))
				return
			}
			if _, met := before[dep]; !met && f.knots[dep] == f.knots[from] {
				before[dep] = queue[at]
				queue = append(queue, dep)
			}
		}
	}
}

func wayBack(before map[int]int, from, to int) []int {
	way := []int{to}
	for to != from {
		to = before[to]
		way = append(way, to)
	}
	slices.Reverse(way)
	return way
}
