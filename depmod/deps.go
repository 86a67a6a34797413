package depmod

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
)

// closure finds direct and indirect dependencies. Modules are identified by
// their ranks.
type closure struct {
	x     *Index
	marks []int32 // the last module whose search met each one, counted from 1
	list  []int32
}

// of lists what a module needs, in no particular order. It is valid until the
// next call.
func (c *closure) of(i int) []int32 {
	stamp := int32(i) + 1
	c.list = c.list[:0]
	c.add(c.x.modules[i].deps, stamp)
	for at := 0; at < len(c.list); at++ {
		c.add(c.x.modules[c.x.ranked[c.list[at]]].deps, stamp)
	}
	return c.list
}

func (c *closure) add(deps []int32, stamp int32) {
	for _, dep := range deps {
		if c.marks[dep] != stamp {
			c.marks[dep] = stamp
			c.list = append(c.list, dep)
		}
	}
}

// depSize is the size of modules.dep. Lists grow with the square of the length
// of dependency chains, so that some do not fit into modules.dep.bin: that is
// detected here, before any text is made.
func (x *Index) depSize() (int, error) {
	c := closure{x: x, marks: make([]int32, len(x.modules))}
	size := 0
	for i := range x.modules {
		size += len(x.modules[i].Path) + 2
		for _, dep := range c.of(i) {
			size += len(x.modules[x.ranked[dep]].Path) + 1
		}
		if size > MaxFilesSize/2 { // the binary file contains all of the text
			return 0, fmt.Errorf("make modules.dep.bin: the lists of dependencies are too long: %w", ErrBudget)
		}
	}
	return size, nil
}

// depLines returns the text of modules.dep, and its lines without their ends:
// "path: dep dep…", users before the modules they use.
func (x *Index) depLines() (text string, lines []string, err error) {
	size, err := x.depSize()
	if err != nil {
		return "", nil, err
	}
	var b strings.Builder
	b.Grow(size)
	ends := make([]int, len(x.modules))
	c := closure{x: x, marks: make([]int32, len(x.modules))}
	for i := range x.modules {
		b.WriteString(x.modules[i].Path)
		b.WriteByte(':')
		list := c.of(i)
		slices.Sort(list)
		for _, dep := range list {
			b.WriteByte(' ')
			b.WriteString(x.modules[x.ranked[dep]].Path)
		}
		ends[i] = b.Len()
		b.WriteByte('\n')
	}
	text = b.String()
	lines = make([]string, len(ends))
	from := 0
	for i, end := range ends {
		lines[i] = text[from:end]
		from = end + 1
	}
	return text, lines, nil
}

func (x *Index) depEntries(lines []string) []index.Entry {
	entries := make([]index.Entry, len(lines))
	for i, line := range lines {
		entries[i] = index.Entry{Key: x.modules[i].Name, Value: line, Priority: uint32(i)}
	}
	return entries
}
