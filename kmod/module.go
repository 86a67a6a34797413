package kmod

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/internal/tree"
	"github.com/gokmod/gokmod/modinfo"
)

// Module is a module as the disk describes it.
type Module struct {
	// Name is the module's name, with underscores for dashes.
	Name string `json:"name"`

	// Path is the file, with the root it lies under; [DB.Rel] has its path in the
	// module directory. It is "" for a built-in, and for a module that an alias or a
	// command names but no index knows.
	Path string `json:"path,omitempty"`

	// Builtin: the module is a part of the kernel image.
	Builtin bool `json:"builtin,omitempty"`

	// Local: Path is a path of this machine that the caller gave, whatever the DB's
	// root is.
	Local bool `json:"-"`

	// Alias is the alias by which the module was found, or the pattern of the alias
	// line that matched; "" if it was found by name. Options and blacklist lines for
	// the alias then apply to it.
	Alias string `json:"-"`

	file string // name of the file in the DB's tree
	kept *kept  // the contents that count, whatever the file has by now; usually nil
}

// found reports whether the name stands for a file or a built-in.
func (m *Module) found() bool { return m.Path != "" || m.Builtin }

// moduleAt makes a Module from a path as it stands in modules.dep.
func (db *DB) moduleAt(name, listed string) (Module, error) {
	rel, absolute := strings.CutPrefix(listed, "/")
	local, ok := tree.Local(rel)
	if !ok || absolute && !db.allowExternal {
		leaves := fmt.Sprintf("the path %q in %s leaves the module directory", listed, db.indexFile(db.deps.name))
		return Module{}, &Error{Op: "locate", Module: name, Path: listed, Err: reason.New(leaves, ErrPath)}
	}
	var shown string
	if absolute {
		shown = db.tree.Show(local)
	} else {
		shown = db.file(local)
	}
	return Module{Name: name, Path: shown, file: shown[len(db.tree.Prefix):]}, nil
}

// Module returns the module of that name. Dashes in the name count as underscores.
// The error wraps ErrNotFound when it is neither a file nor built in.
func (db *DB) Module(name string) (Module, error) {
	name = modname.Normalize(name)
	m, err := db.byName(name)
	if err == nil && !m.found() {
		m, err = db.builtin(name)
	}
	if err == nil && !m.found() {
		err = db.notFound(name, &db.deps, &db.builtins)
	}
	return m, err
}

// byName looks only in modules.dep; a module that is not there is not an error, but
// not found().
func (db *DB) byName(name string) (Module, error) { return (&resolver{db: db}).byName(name) }

// Builtin reports whether the module of that name is a part of the kernel image,
// also if modules.dep lists a file for it.
func (db *DB) Builtin(name string) (bool, error) {
	m, err := db.builtin(modname.Normalize(name))
	return m.Builtin, err
}

func (db *DB) builtin(name string) (Module, error) {
	_, ok, err := db.builtins.get(name)
	return Module{Name: name, Builtin: ok}, err
}

// Dependencies returns the modules that the module of that name needs, directly and
// indirectly, in the order in which they have to be inserted. A built-in needs none.
func (db *DB) Dependencies(name string) ([]Module, error) {
	name = modname.Normalize(name)
	deps, known, err := db.dependencies(name)
	if err == nil && !known {
		_, err = db.Module(name)
	}
	return deps, err
}

// dependencies is Dependencies for a name that modules.dep may not know.
func (db *DB) dependencies(name string) (deps []Module, known bool, err error) {
	return (&resolver{db: db}).dependencies(name)
}

// localModule is the module in a file that the caller names by its path.
func localModule(path string) (Module, error) {
	f, _, err := openfile.Open(path)
	if err != nil {
		return Module{}, &fs.PathError{Op: "open module", Path: path, Err: openfile.Cause(err)}
	}
	f.Close()
	return Module{Name: modname.FromPath(path), Path: path, Local: true}, nil
}

// openModule opens the file of a module of the DB, or of this machine.
func openModule(db *DB, m Module) (*modfile.File, error) {
	limit := db.limit()
	switch {
	case m.kept != nil:
		return m.kept.open(db)
	case m.Local:
		return modfile.Open(m.Path, limit)
	}
	return modfile.OpenFS(db.tree.FS, m.file, limit)
}

// limit is the limit on the size of modules, also without a DB.
func (db *DB) limit() int64 {
	if db == nil {
		return 0
	}
	return db.maxModuleSize
}

// inspect calls a function with what a module file holds.
func inspect(file *modfile.File, use func(*modinfo.File) error) error {
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
	return use(f)
}

// exhaustion returns the error for a file that was not read because descriptors or
// memory ran out.
func exhaustion(path string, err error) error {
	return &fs.PathError{Op: "read", Path: path, Err: openfile.Cause(fileCause(err))}
}
