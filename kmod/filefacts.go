package kmod

import (
	"context"
	"slices"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/parallel"
	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/modinfo"
)

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
	content, err := file.Content()
	if err != nil {
		return err
	}
	defer content.Release()
	f, err := modinfo.NewFile(content.ReaderAt, content.Size, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.parse(f)
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
