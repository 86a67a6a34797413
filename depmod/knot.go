package depmod

// knots numbers the sets of modules that all need each other, directly or not:
// the strongly connected components with more than one module. It returns the
// number for each module, 0 for those in no cycle. Only modules that still have
// users can be in one. This is Tarjan's algorithm, without recursion.
func (x *Index) knots(users []int32) []int {
	k := knotter{x: x, index: make([]int, len(x.modules)), low: make([]int, len(x.modules)), knots: make([]int, len(x.modules))}
	for i, n := range users {
		if n > 0 && k.index[i] == 0 {
			k.search(i)
		}
	}
	for i, knot := range k.knots {
		if knot == alone {
			k.knots[i] = 0
		}
	}
	return k.knots
}

// alone is the number of finished modules that are in no cycle.
const alone = -1

type knotter struct {
	x     *Index
	next  int
	last  int   // number of the last knot
	index []int // when a module was met, from 1
	low   []int // the earliest module on the stack that it leads to
	stack []int
	knots []int // 0 while a module is on the stack or has not been met
}

func (k *knotter) enter(module int) frame {
	k.next++
	k.index[module], k.low[module] = k.next, k.next
	k.stack = append(k.stack, module)
	return frame{module, len(k.x.modules[module].deps)}
}

func (k *knotter) search(from int) {
	way := []frame{k.enter(from)}
	for len(way) > 0 {
		top := &way[len(way)-1]
		m := top.module
		if top.left > 0 {
			top.left--
			dep := int(k.x.modules[m].deps[top.left])
			switch {
			case k.index[dep] == 0:
				way = append(way, k.enter(dep))
			case k.knots[dep] == 0:
				k.low[m] = min(k.low[m], k.index[dep])
			}
			continue
		}
		way = way[:len(way)-1]
		if len(way) > 0 {
			user := way[len(way)-1].module
			k.low[user] = min(k.low[user], k.low[m])
		}
		if k.low[m] == k.index[m] {
			k.pop(m)
		}
	}
}

// pop takes a component from the stack, down to the module by which it was met.
func (k *knotter) pop(first int) {
	number := alone
	if k.stack[len(k.stack)-1] != first {
		k.last++
		number = k.last
	}
	for {
		m := k.stack[len(k.stack)-1]
		k.stack = k.stack[:len(k.stack)-1]
		k.knots[m] = number
		if m == first {
			return
		}
	}
}
