package kmod

import (
	"cmp"
	"container/heap"
	"context"
	"slices"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/parallel"
	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/modinfo"
)

// requestedFile is a module file that the caller asks for by its path.
type requestedFile struct {
	request Request
	module  Module
	facts   fileFacts

	needs   []*requestedFile // files of the same call that it needs, earlier in the plan
	needed  []*requestedFile // files that need it
	pending int              // needs without a place, while the order is being found
	ranked  bool             // it has its place in the order
	begun   bool             // its turn in the plan has come
}

// readFiles opens the requested files. If there are several, it reads what they need
// of each other, and returns them in an order in which they can be loaded.
func (p *planner) readFiles(requests []Request) ([]*requestedFile, error) {
	var files []*requestedFile
	for _, r := range requests {
		if r.Path == "" {
			continue
		}
		m, err := localModule(r.Path)
		if err != nil {
			return nil, err
		}
		r.Name = r.Path
		f := &requestedFile{request: r, module: m}
		files = append(files, f)
		if p.files == nil {
			p.files = map[string]*requestedFile{}
		}
		if p.files[m.Name] == nil {
			p.files[m.Name] = f
		}
	}
	if len(files) < 2 {
		return files, nil
	}
	if err := p.findNeeds(files); err != nil {
		return nil, err
	}
	return orderFiles(files), nil
}

// findNeeds finds out which files need which.
func (p *planner) findNeeds(files []*requestedFile) error {
	owners, err := p.readFacts(files)
	if err != nil {
		return err
	}
	names := make(map[string]*requestedFile, len(files)) // the kernel's, which "depends" has
	for _, f := range files {
		name := cmp.Or(f.facts.own, f.module.Name)
		if names[name] == nil {
			names[name] = f
		}
	}
	for _, f := range files {
		if err := p.spend(f.module.Name, len(f.facts.needed)+len(f.facts.depends)); err != nil {
			return err
		}
		seen := map[*requestedFile]bool{nil: true, f: true}
		for _, symbol := range f.facts.needed {
			f.need(owners[symbol], seen)
		}
		for _, name := range f.facts.depends {
			f.need(names[modname.Normalize(name)], seen)
		}
	}
	return nil
}

// need notes that a file needs another one, unless that is in seen.
func (f *requestedFile) need(other *requestedFile, seen map[*requestedFile]bool) {
	if seen[other] {
		return
	}
	seen[other] = true
	f.needs = append(f.needs, other)
	other.needed = append(other.needed, f)
	f.pending++
}

// orderFiles puts files after those that they need, and otherwise keeps the order in
// which they were requested. That order also decides if files need each other: a need
// for a later file is dropped.
func orderFiles(files []*requestedFile) []*requestedFile {
	position := make(map[*requestedFile]int, len(files))
	var ready intHeap
	for i, f := range files {
		position[f] = i
		if f.pending == 0 {
			ready = append(ready, i) // ascending, as a heap may be
		}
	}
	ordered, first := make([]*requestedFile, 0, len(files)), 0
	for len(ordered) < len(files) {
		for len(ready) == 0 {
			if !files[first].ranked {
				ready = append(ready, first)
			}
			first++
		}
		f := files[heap.Pop(&ready).(int)]
		if f.ranked {
			continue
		}
		f.needs = slices.DeleteFunc(f.needs, func(other *requestedFile) bool { return !other.ranked })
		f.ranked = true
		ordered = append(ordered, f)
		for _, user := range f.needed {
			if user.pending--; user.pending == 0 && !user.ranked {
				heap.Push(&ready, position[user])
			}
		}
	}
	return ordered
}

// silent reports whether a file that was read does not say what it needs.
func (f *requestedFile) silent() bool {
	return f.facts.silent
}

// fileOf plans the file that the caller wants for a module, if any, before something
// else brings the module in.
func (p *planner) fileOf(name string) error {
	if f := p.files[name]; f != nil {
		return p.file(f)
	}
	return nil
}

// file plans a requested file, after those that it needs.
func (p *planner) file(f *requestedFile) error {
	if f.begun {
		return nil
	}
	f.begun = true
	for _, other := range f.needs {
		if err := p.file(other); err != nil {
			return err
		}
	}
	if err := p.requested(f.request, []Module{f.module}); err != nil {
		return err
	}
	at, planned := p.index[f.module.Name]
	if !planned || p.files[f.module.Name] != f {
		return nil
	}
	if err := p.followNeeds(f, at); err != nil {
		return err
	}
	return p.keepOrder(f, at)
}

// followNeeds makes the step of a file wait for those of the files that it needs, and
// for what these need.
func (p *planner) followNeeds(f *requestedFile, at int) error {
	s := &p.plan.Steps[at]
	for _, other := range f.needs {
		need, planned := p.index[other.module.Name]
		if !planned || need >= at {
			continue
		}
		step := &p.plan.Steps[need]
		if err := p.spend(f.module.Name, 1+len(step.Needs)); err != nil {
			return err
		}
		step.addReason(Reason{Kind: ReasonDependency, Of: f.module.Name}, false)
		s.Needs = append(append(s.Needs, step.Needs...), need)
	}
	if len(f.needs) > 0 {
		slices.Sort(s.Needs)
		s.Needs = slices.Compact(s.Needs)
	}
	return nil
}

// keepOrder makes a file that does not say what it needs wait for all files before it,
// and those after it wait for it: it may need any of them, or any may need it.
func (p *planner) keepOrder(f *requestedFile, at int) error {
	var before []int
	if f.silent() {
		before, p.ordered, p.silent = p.ordered, nil, true
	} else if p.silent {
		before = p.ordered[:1]
	}
	p.ordered = append(p.ordered, at)
	s := &p.plan.Steps[at]
	for _, other := range before {
		if other < at && !slices.Contains(s.Needs, other) {
			s.After = append(s.After, other)
		}
	}
	slices.Sort(s.After)
	s.After = slices.Compact(s.After)
	return p.spend(f.module.Name, len(before)*(1+len(s.Needs)))
}

// fileFacts are what a module file says about its relation to others.
type fileFacts struct {
	own     string   // the module's own name, "" if it is not known
	needed  []string // symbols
	exports []string // symbols, nil for a file that cannot be read
	depends []string // names of modules
	silent  bool     // it does not say what it needs
}

// readFacts reads files, on all processors, and finds out which of them exports each
// symbol. If several export it, or have the same name, the first one counts. A file
// that cannot be read is not an error, unless descriptors or memory ran out.
func (p *planner) readFacts(files []*requestedFile) (owners map[string]*requestedFile, err error) {
	errs := make([]error, len(files))
	parallel.Each(context.Background(), len(files), func(i int) {
		errs[i] = files[i].facts.read(p.db, files[i].module)
	})
	if i := slices.IndexFunc(errs, sys.Exhausted); i >= 0 {
		return nil, exhaustion(files[i].module.Path, errs[i])
	}
	owners = map[string]*requestedFile{}
	named := map[string]bool{}
	for i, f := range files {
		if errs[i] != nil || named[f.module.Name] {
			continue
		}
		named[f.module.Name] = true
		for _, symbol := range f.facts.exports {
			if owners[symbol] == nil {
				owners[symbol] = f
			}
		}
	}
	return owners, nil
}

// read reads the file of a module.
func (c *fileFacts) read(db *DB, m Module) error {
	err := c.open(db, m)
	c.silent = c.depends == nil && (err != nil || c.silent)
	return err
}

func (c *fileFacts) open(db *DB, m Module) error {
	file, err := openModule(db, m)
	if err != nil {
		return err
	}
	defer file.Close()
	return inspect(file, c.parse)
}

func (c *fileFacts) parse(f *modinfo.File) error {
	info, err := f.Info()
	if err != nil {
		return err
	}
	if c.own = kernfs.OwnName(f); info.Has("depends") {
		c.depends = append([]string{}, info.Depends()...)
	}
	c.silent = !f.HasSymbols()
	needed, err := f.Needed()
	if err != nil {
		return err
	}
	for i := range needed {
		c.needed = append(c.needed, symtab.Needed(needed[i].Name, 0))
	}
	exports, err := f.Exports()
	if err != nil {
		return err
	}
	for _, e := range exports {
		c.exports = append(c.exports, e.Name)
	}
	return nil
}
