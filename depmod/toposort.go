package depmod

import (
	"cmp"
	"slices"
)

// sort ranks the modules so that each comes before those that it needs. It
// takes modules without remaining users from a stack, filled in their order.
func (x *Index) sort() error {
	users := make([]int, len(x.modules))
	for i := range x.modules {
		for _, dep := range x.modules[i].deps {
			users[dep]++
		}
	}
	var stack []int
	for i, n := range users {
		if n == 0 {
			stack = append(stack, i)
		}
	}
	ranked := 0
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		x.modules[i].rank = ranked
		ranked++
		for _, dep := range x.modules[i].deps {
			if users[dep]--; users[dep] == 0 {
				stack = append(stack, dep)
			}
		}
	}
	if ranked < len(x.modules) {
		return x.cycles(users)
	}
	return nil
}

// dependencies lists what a module needs, directly or not, users before what
// they use. The marks tell for each module when it was last met; stamp is a
// value that they do not have yet.
func (x *Index) dependencies(i int, marks []int, stamp int) []int {
	list := slices.Clone(x.modules[i].deps)
	for _, dep := range list {
		marks[dep] = stamp
	}
	for at := 0; at < len(list); at++ {
		for _, dep := range x.modules[list[at]].deps {
			if marks[dep] != stamp {
				marks[dep] = stamp
				list = append(list, dep)
			}
		}
	}
	slices.SortFunc(list, func(a, b int) int { return cmp.Compare(x.modules[a].rank, x.modules[b].rank) })
	return list
}
