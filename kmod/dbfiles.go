package kmod

import (
	"errors"
	"io/fs"
	"iter"
	"strings"

	"github.com/gokmod/gokmod/internal/devname"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
)

// FS returns the file system below the DB's root, and the prefix for its names when
// they are shown to people: Root with a final slash, or "". Nothing in it leads out
// of the root, and no file blocks when opened.
func (db *DB) FS() (fsys fs.FS, prefix string) { return db.tree.FS, db.tree.Prefix }

// ReadFile reads a file of the module directory that is not an index of depmod(8),
// such as "modules.order" or "modules.builtin": those that the kernel's build
// leaves. Files of more than 64 MiB are an error. The errors are of type
// *fs.PathError.
func (db *DB) ReadFile(name string) ([]byte, error) {
	return moddir.Dir{Tree: db.tree, Name: db.dir}.ReadFile(name, maxDirFile)
}

// OpenModule opens the file of a module as it is, compressed or not: an *os.File for one
// of this machine. The error is of type *fs.PathError; for a module without a file, such
// as a built-in, it wraps fs.ErrNotExist.
func (db *DB) OpenModule(m Module) (fs.File, error) {
	if !m.Local && m.file == "" {
		return nil, &fs.PathError{Op: "open module", Path: m.Name, Err: fs.ErrNotExist}
	}
	var f fs.File
	var err error
	if m.Local {
		f, _, err = openfile.Open(m.Path)
	} else {
		f, _, err = db.tree.OpenFile(m.file)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open module", Path: m.Path, Err: err}
	}
	if std := openfile.Standard(f); std != nil {
		return std, nil
	}
	return f, nil
}

// Rel returns the path of a module's file relative to [DB.Dir], such as
// "kernel/fs/xfs/xfs.ko.xz", as modules.dep has it. For a file elsewhere it is a path
// that begins with a slash, and for a module without a file it is "".
func (db *DB) Rel(m Module) string {
	if m.Local {
		return m.Path
	}
	if rel, ok := strings.CutPrefix(m.Path, db.file("")); ok {
		return rel
	}
	if m.file == "" { // it has none, or comes from a plan of another DB
		return m.Path
	}
	return "/" + m.file
}

// Devname is a device node of modules.devname: it loads a module when it is opened, and
// so has to be there before the module is.
type Devname struct {
	// Module is the module's name.
	Module string `json:"module"`

	// Name is the path of the node below /dev, such as "net/tun". It never leads out.
	Name string `json:"name"`

	// Block: it is a block device, otherwise a character device.
	Block bool `json:"block,omitempty"`

	// Major and Minor are the device's numbers, at most 4095 and 1048575.
	Major uint32 `json:"major"`
	Minor uint32 `json:"minor"`

	// Origin is where it is written, and Text the line there.
	Origin Origin `json:"origin"`
	Text   string `json:"-"`
}

// Devnames yields the device nodes in modules.devname, in the order of the file. For a
// line that does not describe one, such as an empty line, the error wraps ErrCorrupt, and
// for one that describes a node that must not be made also ErrDevname; the Devname then has
// the line's Origin and Text only, and the sequence goes on. It ends after any other error,
// which wraps ErrNoModuleDir or ErrNoIndexes, and thus fs.ErrNotExist, if there is no
// modules.devname. Comments, which begin with "#", are left out.
func (db *DB) Devnames() iter.Seq2[Devname, error] {
	return func(yield func(Devname, error) bool) {
		data, err := db.indexes.ReadFile(moddir.Devname, maxDirFile)
		if errors.Is(err, fs.ErrNotExist) {
			err = db.absence(moddir.Devname)
		}
		if err != nil {
			yield(Devname{}, err)
			return
		}
		at := Origin{File: db.indexFile(moddir.Devname)}
		for line := range strings.Lines(string(data)) {
			line = strings.TrimSuffix(line, "\n")
			if at.Line++; strings.HasPrefix(line, "#") {
				continue
			}
			if !yield(readDevname(line, at)) {
				return
			}
		}
	}
}

// readDevname reads a line of modules.devname.
func readDevname(line string, at Origin) (Devname, error) {
	n, err := devname.Parse(line)
	d := Devname{Module: n.Module, Name: n.Name, Block: n.Kind == devname.Block, Major: n.Major, Minor: n.Minor,
		Origin: at, Text: line}
	if err != nil {
		kind := ErrDevname
		if errors.Is(err, devname.ErrForm) {
			kind = ErrCorrupt
		}
		err = reason.New(at.String()+": invalid devname entry "+plain.Quote(line)+": "+err.Error(), kind)
	}
	return d, err
}

// MaxModuleSize is the limit on the uncompressed size of a module; 0 means
// modinfo.DefaultMaxSize.
func (db *DB) MaxModuleSize() int64 { return db.maxModuleSize }

// Commands returns the commands of the install and the remove line for a name, which
// may be an alias; nil for none.
func (db *DB) Commands(name string) (install, remove *Command) {
	conf := db.conf()
	if line, ok := conf.Install(name); ok {
		install = &Command{Module: name, Text: line.Text, Origin: Origin(line.Origin)}
	}
	if line, ok := conf.Remove(name); ok {
		remove = &Command{Module: name, Text: line.Text, Remove: true, Origin: Origin(line.Origin)}
	}
	return install, remove
}

// Blacklisted returns the blacklist line for a module, nil for none.
func (db *DB) Blacklisted(name string) *Origin {
	origin, yes := db.conf().Blacklisted(name)
	if !yes {
		return nil
	}
	return publicOrigin(origin)
}

// file returns the path to show for a file of the module directory.
func (db *DB) file(name string) string { return db.tree.Prefix + db.dir + "/" + name }

// indexFile returns the path to show for an index file.
func (db *DB) indexFile(name string) string { return db.indexes.Show(name) }

// maxDirFile bounds the files that a kernel's build leaves in the module directory,
// such as modules.builtin.modinfo. Real ones have some hundred kilobytes.
const maxDirFile = 64 << 20
