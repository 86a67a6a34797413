package depmod

// sort puts the modules into the order of dependency lists, in which each comes
// before those that it needs. It takes modules without remaining users from a
// stack, which is filled in their order.
func (x *Index) sort() error {
	users := make([]int32, len(x.modules))
	for i := range x.modules {
		for _, dep := range x.modules[i].deps {
			users[dep]++
		}
	}
	var stack []int32
	for i, n := range users {
		if n == 0 {
			stack = append(stack, int32(i))
		}
	}
	ranks := make([]int32, len(x.modules))
	x.ranked = make([]int32, 0, len(x.modules))
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		ranks[i] = int32(len(x.ranked))
		x.ranked = append(x.ranked, i)
		for _, dep := range x.modules[i].deps {
			if users[dep]--; users[dep] == 0 {
				stack = append(stack, dep)
			}
		}
	}
	if len(x.ranked) < len(x.modules) {
		return x.cycles(users)
	}
	for i := range x.modules {
		deps := x.modules[i].deps
		for k, dep := range deps {
			deps[k] = ranks[dep]
		}
	}
	return nil
}
