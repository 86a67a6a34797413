package textindex

import (
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
)

const (
	// maxSteps bounds the work of following dependencies. A real kernel takes some
	// hundred thousand steps.
	maxSteps = 1 << 25

	// maxListed bounds the size of all dependencies that are added to lines, in bytes.
	maxListed = 64 << 20
)

// Dep reads modules.dep. Each entry has a whole line, which names all that a module needs,
// users before what they use. Where a line of the file does not, because it names only
// what the module needs directly, or in another order, it is completed.
func Dep(name string, data []byte) ([]index.Entry, error) {
	d := deps{file: file{name: name}, steps: maxSteps, room: maxListed, numbers: map[string]int{}}
	if err := d.read(data); err != nil {
		return nil, err
	}
	d.met, d.place = make([]int, len(d.modules)), make([]int, len(d.modules))
	entries := make([]index.Entry, 0, len(d.listed))
	for _, i := range d.listed {
		m := &d.modules[i]
		text, err := d.text(i)
		if err != nil {
			return nil, err
		}
		e := index.Entry{Key: m.name, Value: text, Priority: uint32(len(entries))}
		if index.Check(e) == nil {
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// deps are the modules of a modules.dep.
type deps struct {
	file
	modules []depModule
	numbers map[string]int // by path
	listed  []int          // those with a line, in the order of lines
	steps   int
	room    int

	turn  int
	met   []int // by module: the last turn in which it was met
	place []int // by module: where it stood in the line of that turn
}

// depModule is a module with what its line names.
type depModule struct {
	name, path string
	text       string // of its line; "" without one
	line       int    // 0 without one
	needs      []int
}

// read reads the lines.
func (d *deps) read(data []byte) error {
	for line, err := range d.lines(data) {
		if err != nil {
			return err
		}
		path, list, ok := strings.Cut(line, ":")
		if !ok || !modname.IsModuleFile(path) {
			return d.fails(`is not "PATH: PATH…"`)
		}
		at := d.number(path)
		m := &d.modules[at]
		if m.line != 0 {
			return d.fails("is another one for " + path)
		}
		m.line, m.text = d.line, line
		d.listed = append(d.listed, at)
		needs := strings.Fields(list)
		if d.steps -= len(needs); d.steps < 0 {
			return d.tooMuch(d.line)
		}
		numbers := make([]int, len(needs))
		for i, need := range needs {
			if !modname.IsModuleFile(need) {
				return d.fails("names a dependency that is not the path of a module")
			}
			numbers[i] = d.number(need)
		}
		d.modules[at].needs = numbers
	}
	return nil
}

// number returns the number of the module with a path.
func (d *deps) number(path string) int {
	at, known := d.numbers[path]
	if !known {
		at = len(d.modules)
		d.numbers[path] = at
		d.modules = append(d.modules, depModule{name: modname.FromPath(path), path: path})
	}
	return at
}

// text returns the complete line of a module.
func (d *deps) text(at int) (string, error) {
	m := &d.modules[at]
	complete, err := d.complete(at)
	if complete || err != nil {
		return m.text, err
	}
	order, err := d.closure(at)
	if err != nil {
		return "", err
	}
	size := len(m.path) + 1
	for _, need := range order {
		size += 1 + len(d.modules[need].path)
	}
	if d.room -= size; d.room < 0 {
		return "", d.tooMuch(m.line)
	}
	var b strings.Builder
	b.Grow(size)
	b.WriteString(m.path + ":")
	for _, need := range slices.Backward(order) {
		b.WriteString(" " + d.modules[need].path)
	}
	return b.String(), nil
}

// complete reports whether a module's line names all that is needed, in order.
func (d *deps) complete(at int) (bool, error) {
	d.turn++
	needs := d.modules[at].needs
	for i, need := range needs {
		if need == at || d.met[need] == d.turn {
			return false, nil
		}
		d.met[need], d.place[need] = d.turn, i
	}
	for i, need := range needs {
		if d.steps -= len(d.modules[need].needs); d.steps < 0 {
			return false, d.tooMuch(d.modules[at].line)
		}
		for _, next := range d.modules[need].needs {
			if d.met[next] != d.turn || d.place[next] < i {
				return false, nil
			}
		}
	}
	return true, nil
}

// visit is a module whose dependencies are being followed, from next on.
type visit struct{ module, next int }

// closure returns all that a module needs, each after what it needs itself. In a cycle,
// which no kernel has, one comes too early.
func (d *deps) closure(at int) ([]int, error) {
	d.turn++
	d.met[at] = d.turn
	var order []int
	for path := []visit{{module: at}}; len(path) > 0; {
		top := &path[len(path)-1]
		needs := d.modules[top.module].needs
		if d.steps--; d.steps < 0 {
			return nil, d.tooMuch(d.modules[at].line)
		}
		if top.next == len(needs) {
			if top.module != at {
				order = append(order, top.module)
			}
			path = path[:len(path)-1]
			continue
		}
		// From the end, as a line names users before what they use.
		next := needs[len(needs)-1-top.next]
		top.next++
		if d.met[next] != d.turn {
			d.met[next] = d.turn
			path = append(path, visit{module: next})
		}
	}
	return order, nil
}

// tooMuch is the error when following dependencies takes too much work or memory.
func (d *deps) tooMuch(line int) error {
	d.line = line
	return d.fails("needs more modules, with all that these need, than those of any kernel do")
}
