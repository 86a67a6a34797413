package ksymtab

import (
	"bytes"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// split makes the tables of a kernel of a sequence of records: where the order of their
// names begins anew, the next table begins. It returns nil if it is something else.
func split(m *kernelimage.Memory, t table) *Exports {
	starts := inOrder(starts(m, &t))
	if len(starts) < 2 || len(starts) > 3 {
		return nil
	}
	e := &Exports{mem: m}
	for i := range len(starts) - 1 {
		p := t.part(m, starts[i], starts[i+1])
		p.gpl = i == 1
		e.add(p)
	}
	if e.Len() < fewest || !e.valid() || !e.findTail() {
		return nil
	}
	if len(e.tables) == 1 && e.tables[0].flags == nil { // nothing tells the licenses
		return nil
	}
	return e
}

// mostStarts bounds how often the order of names may begin anew, with what is not in
// order at the ends.
const mostStarts = 16

// starts returns the numbers of the records at which an ascending order of names
// begins, and behind them that of the end; nil if that is not a table. What is not a name is
// in no order. The names of a table have fewer bytes together than the image.
func starts(m *kernelimage.Memory, t *table) []int {
	list, last, left := []int{0}, t.name(m, 0), m.Size()
	for i := 1; i < t.len(m); i++ {
		name := t.name(m, i)
		if left -= len(name) + 1; left < 0 || len(list) > mostStarts {
			return nil
		}
		if name == nil || last == nil || bytes.Compare(name, last) < 0 {
			list = append(list, i)
		}
		last = name
	}
	return append(list, t.len(m))
}

// strays is how many records at an end of a sequence may be something else that looks
// like them.
const strays = 4

// inOrder drops what is not in order from both ends.
func inOrder(starts []int) []int {
	for len(starts) > 2 && starts[1]-starts[0] <= strays {
		starts = starts[1:]
	}
	for n := len(starts); n > 2 && starts[n-1]-starts[n-2] <= strays; n = len(starts) {
		starts = starts[:n-1]
	}
	return starts
}
