package depmod

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// graphIndex is an index of modules with the given dependencies.
func graphIndex(deps [][]int32) *Index {
	x := &Index{modules: make([]Module, len(deps))}
	for i := range deps {
		x.modules[i] = Module{Name: fmt.Sprint("m", i), Path: fmt.Sprintf("k/m%d.ko", i), deps: slices.Clone(deps[i])}
	}
	return x
}

// randomGraph has up to 8 modules with random dependencies; without cycles, no
// module needs one before it in a random order.
func randomGraph(rnd *rand.Rand, cycles bool) [][]int32 {
	n := 1 + rnd.IntN(8)
	place := rnd.Perm(n)
	deps := make([][]int32, n)
	for i := range deps {
		for _, dep := range rnd.Perm(n) {
			if dep != i && rnd.IntN(4) == 0 && (cycles || place[i] < place[dep]) {
				deps[i] = append(deps[i], int32(dep))
			}
		}
	}
	return deps
}

// reachable returns the direct and indirect dependencies of each module.
func reachable(deps [][]int32) [][]bool {
	reach := make([][]bool, len(deps))
	for i := range deps {
		reach[i] = make([]bool, len(deps))
		for _, dep := range deps[i] {
			reach[i][dep] = true
		}
	}
	for k := range deps {
		for i := range deps {
			for j := range deps {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	return reach
}

// TestSortRandom: modules without cycles come before what they need, the latest of
// those without users first, and each line of modules.dep has everything that a
// module needs in that order.
func TestSortRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(10, 1))
	for range 500 {
		deps := randomGraph(rnd, false)
		x := graphIndex(deps)
		if err := x.sort(); err != nil {
			t.Fatalf("%v: %v", deps, err)
		}
		if want := referenceSort(deps); !slices.Equal(x.ranked, want) {
			t.Fatalf("%v: the order is %v, not %v", deps, x.ranked, want)
		}
		reach := reachable(deps)
		text, lines, err := x.depLines()
		if err != nil || text != strings.Join(lines, "\n")+"\n" {
			t.Fatalf("%v: %q, %q, %v", deps, text, lines, err)
		}
		if size, err := x.depSize(); err != nil || size != len(text) {
			t.Fatalf("%v: the size is %d, not %d, %v", deps, size, len(text), err)
		}
		for i, line := range lines {
			want := x.modules[i].Path + ":"
			for _, dep := range x.ranked {
				if reach[i][dep] {
					want += " " + x.modules[dep].Path
				}
			}
			if line != want {
				t.Fatalf("%v: the line of %d is %q, not %q", deps, i, line, want)
			}
		}
		for i, e := range x.depEntries(lines) {
			if e.Key != x.modules[i].Name || e.Value != lines[i] || e.Priority != uint32(i) {
				t.Fatalf("%v: the entry of %d is %+v", deps, i, e)
			}
		}
	}
}

// referenceSort takes, again and again, the module that lost its last user most
// recently; the modules without users lose theirs in order.
func referenceSort(deps [][]int32) (order []int32) {
	users := make([]int, len(deps))
	for _, list := range deps {
		for _, dep := range list {
			users[dep]++
		}
	}
	var free []int32
	for i, n := range users {
		if n == 0 {
			free = append(free, int32(i))
		}
	}
	for len(free) > 0 {
		i := free[len(free)-1]
		free = free[:len(free)-1]
		order = append(order, i)
		for _, dep := range deps[i] {
			if users[dep]--; users[dep] == 0 {
				free = append(free, dep)
			}
		}
	}
	return order
}

// TestCyclesRandom: exactly the graphs with cycles are refused; each reported cycle is
// one, has no module twice, and every module that is in a cycle is in one of them.
func TestCyclesRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(10, 2))
	refused := 0
	for range 2000 {
		deps := randomGraph(rnd, true)
		reach := reachable(deps)
		in := map[string]bool{}
		for i := range deps {
			if reach[i][i] {
				in[fmt.Sprint("m", i)] = true
			}
		}
		x := graphIndex(deps)
		err := x.sort()
		cycle := (*CycleError)(nil)
		if (err != nil) != (len(in) > 0) || err != nil && !errors.As(err, &cycle) {
			t.Fatalf("%v: %v, but %d are in cycles", deps, err, len(in))
		}
		if err == nil {
			continue
		}
		refused++
		if cycle.Modules != len(in) || cycle.Index != x || x.fault != err || len(x.Report.Cycles) != len(cycle.Cycles) {
			t.Fatalf("%v: %d modules, not %d", deps, cycle.Modules, len(in))
		}
		told := map[string]bool{}
		for _, c := range cycle.Cycles {
			checkCycle(t, x, c)
			for _, name := range c {
				told[name] = true
			}
		}
		if len(told) != len(in) {
			t.Fatalf("%v: %q are told of %v", deps, cycle.Cycles, in)
		}
	}
	if refused < 500 {
		t.Errorf("%d had cycles", refused)
	}
}

// checkCycle fails unless each module of a cycle needs the next one directly.
func checkCycle(t *testing.T, x *Index, cycle []string) {
	t.Helper()
	number := func(name string) int {
		return slices.IndexFunc(x.modules, func(m Module) bool { return m.Name == name })
	}
	for k, name := range cycle {
		next := number(cycle[(k+1)%len(cycle)])
		if !slices.Contains(x.modules[number(name)].deps, int32(next)) || slices.Contains(cycle[:k], name) {
			t.Fatalf("%q is not a cycle", cycle)
		}
	}
}

// TestShortest: a module that is in no reported cycle yet is reported in a
// shortest one.
func TestShortest(t *testing.T) {
	for _, test := range []struct {
		deps [][]int32
		from int
		want string
	}{
		{[][]int32{{1}, {0}}, 0, "m0 m1"},
		{[][]int32{{1, 2}, {2}, {0}}, 0, "m0 m2"},
		{[][]int32{{1}, {2}, {3, 0}, {0}}, 1, "m1 m2 m0"},
		{[][]int32{{3, 1}, {2}, {0}, {4}, {0}}, 0, "m0 m3 m4"},
	} {
		x := graphIndex(test.deps)
		knots := make([]int, len(test.deps))
		for i := range knots {
			knots[i] = 1
		}
		f := cycleFinder{x: x, knots: knots, told: make([]bool, len(knots)), err: &CycleError{}}
		f.shortest(test.from)
		if len(f.err.Cycles) != 1 || strings.Join(f.err.Cycles[0], " ") != test.want {
			t.Errorf("%v: %q, not %s", test.deps, f.err.Cycles, test.want)
		}
	}
}

// TestCycleNames: cycles are reported until their names are too many, the first
// one whatever its length.
func TestCycleNames(t *testing.T) {
	for _, test := range []struct{ before, length, want int }{
		{0, maxCycleNames + 10, 1}, {1, maxCycleNames - 1, 2}, {1, maxCycleNames, 1}, {maxCycleNames, 1, 1},
	} {
		f := cycleFinder{x: graphIndex([][]int32{{0}}), told: make([]bool, 1), err: &CycleError{}}
		if test.before > 0 {
			f.tell(make([]int, test.before))
		}
		f.tell(make([]int, test.length))
		if len(f.err.Cycles) != test.want {
			t.Errorf("%+v: %d cycles", test, len(f.err.Cycles))
		}
	}
	x := graphIndex([][]int32{{1}, {0}})
	f := cycleFinder{x: x, knots: []int{1, 1}, told: make([]bool, 2), names: maxCycleNames, err: &CycleError{}}
	f.shortest(0)
	f.tellWay([]frame{{0, 0}, {1, 0}}, 0)
	if len(f.err.Cycles) != 0 {
		t.Errorf("without room %q are told", f.err.Cycles)
	}
}

// TestCycleText: the error spells cycles out, back to where they begin.
func TestCycleText(t *testing.T) {
	err := graphIndex([][]int32{{1}, {0}, {3}, {4}, {2}}).sort()
	if err == nil || err.Error() != "modules need each other: m0 -> m1 -> m0; m2 -> m3 -> m4 -> m2" {
		t.Errorf("%v", err)
	}
}

// TestDepSizeBound: lists that modules.dep.bin cannot hold are refused.
func TestDepSizeBound(t *testing.T) {
	for _, over := range []int{0, 1} {
		x := graphIndex([][]int32{{}})
		x.modules[0].Path = strings.Repeat("x", MaxFilesSize/2-2+over)
		if err := x.sort(); err != nil {
			t.Fatal(err)
		}
		size, err := x.depSize()
		if over == 0 && (err != nil || size != MaxFilesSize/2) || over > 0 && (!errors.Is(err, ErrBudget) || size != 0) {
			t.Errorf("%d too long: %d, %v", over, size, err)
		}
		if over > 0 && !strings.Contains(err.Error(), "modules.dep.bin") {
			t.Errorf("%v", err)
		}
	}
}
