package modconf

// byName finds the elements of a list by name. All elements with one name are
// chained in the order of the list. Positions count from 1, so that 0 ends a
// chain.
type byName struct {
	first map[string]int32
	next  []int32
}

func newByName[T any](list []T, name func(*T) string) byName {
	if len(list) == 0 {
		return byName{}
	}
	b := byName{first: make(map[string]int32, len(list)), next: make([]int32, len(list)+1)}
	for i := len(list); i > 0; i-- {
		b.add(name(&list[i-1]), int32(i))
	}
	return b
}

// add inserts a position before those already there.
func (b *byName) add(name string, at int32) {
	b.next[at] = b.first[name]
	b.first[name] = at
}

// firstOf returns the first element of that name, nil if there is none.
func firstOf[T any](b *byName, list []T, name string) *T {
	at := b.first[name]
	if at == 0 {
		return nil
	}
	return &list[at-1]
}

// allOf returns all elements of that name.
func allOf[T any](b *byName, list []T, name string) []T {
	var found []T
	for at := b.first[name]; at != 0; at = b.next[at] {
		found = append(found, list[at-1])
	}
	return found
}
