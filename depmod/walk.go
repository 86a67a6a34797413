package depmod

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/fileset"
	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/tree"
)

// walker finds the module files below a directory. Directories are visited in
// the order of their names, so that the result does not depend on the file
// system's order. Symbolic links are followed, with each directory at most once
// on a path.
type walker struct {
	ctx    context.Context
	tree   *tree.Tree
	conf   *modconf.DepmodConfig
	report *Report

	external bool     // the directory is an external one
	stamps   *stamper // nil without a cache
	found    []candidate
	parent   []fs.FileInfo // the directories from the top to the current one
	links    int           // how many of these are symbolic links
	linked   int           // names in directories behind such links
}

// maxLinked bounds the names behind symbolic links to directories, since a few
// links can make any number of paths.
const maxLinked = 1 << 17

// maxDepth bounds the depth of directories.
const maxDepth = 64

// walk visits dir, whose path in the index is prefix: "" for the module
// directory itself, an absolute path for an external directory. host is where
// it is outside the root.
func (w *walker) walk(dir, prefix, host string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	f, entries, info, err := w.readDir(dir)
	if err != nil {
		return w.report.leaveOut(w.tree.Show(dir), err)
	}
	if err := w.refuse(info, len(entries)); err != nil {
		f.Close()
		w.report.unreadable(w.tree.Show(dir), err)
		return nil
	}
	stamps := w.stamps.take(dir, f, entries)
	w.parent = append(w.parent, info)
	defer func() { w.parent = w.parent[:len(w.parent)-1] }()
	for i, e := range entries {
		name := e.Name()
		if w.conf.Excluded(name) || fileset.IsRun(name) {
			continue
		}
		if err := w.entry(e, &stamps[i], join(dir, name), join(prefix, name), below(host, name)); err != nil {
			return err
		}
	}
	return nil
}

// refuse returns the reason why a directory is not walked.
func (w *walker) refuse(info fs.FileInfo, entries int) error {
	switch {
	case w.inside(info):
		return ErrLoop
	case len(w.parent) == maxDepth && w.links > 0 && !os.SameFile(info, info):
		return ErrLoop // as far as an fs.FS without directory identities can tell
	case len(w.parent) == maxDepth:
		return errDeep
	case w.links == 0:
		return nil
	}
	if w.linked += 1 + entries; w.linked > maxLinked {
		return errLinks
	}
	return nil
}

// join joins a name to a directory; "" means the top.
func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// below joins a name to a directory outside the root; host is "" for a directory
// below it.
func below(host, name string) string {
	if host == "" {
		return ""
	}
	return host + "/" + name
}

// ErrLoop means that a symbolic link leads to a directory above itself. Nothing
// is left out because of that: the directory's contents are indexed by their
// shorter paths.
var ErrLoop = errors.New("the directory contains itself")

// errDeep is for a directory that is too deep.
var errDeep = errors.New("it is more than 64 directories deep")

// errLinks is for symbolic links that lead to too many names.
var errLinks = errors.New("too many names are behind symbolic links to directories")

// entry visits one name of a directory.
func (w *walker) entry(e fs.DirEntry, stamp *sys.Stamp, file, shown, host string) error {
	mode := e.Type()
	isModule := modname.IsModuleFile(e.Name())
	if mode&fs.ModeSymlink != 0 || !mode.IsRegular() && !mode.IsDir() && isModule {
		info, err := fs.Stat(w.tree.FS, file)
		if err != nil {
			// An index file that is being written may lead nowhere.
			if moddir.IsOurs(e.Name()) && !openfile.MachineFailed(err) {
				return nil
			}
			return w.report.leaveOut(w.tree.Show(file), openfile.Cause(err))
		}
		mode = info.Mode().Type()
		*stamp, _ = sys.StampOf(info)
		if host == "" {
			host, _ = w.tree.Outside(file)
		}
	}
	switch {
	case mode.IsDir() && e.Type()&fs.ModeSymlink != 0:
		w.links++
		defer func() { w.links-- }()
		return w.walk(file, shown, host)
	case mode.IsDir():
		return w.walk(file, shown, host)
	case isModule && mode.IsRegular():
		if err := checkPath(shown); err != nil {
			w.report.unreadable(w.tree.Show(file), err)
			return nil
		}
		w.found = append(w.found, candidate{
			Candidate: modconf.Candidate{Path: shown, External: w.external},
			name:      modname.FromPath(shown), file: file, host: host, stamp: stamp,
		})
	case isModule:
		w.report.unreadable(w.tree.Show(file), openfile.ErrNotRegular)
	}
	return nil
}

// readDir opens a directory and lists it in the order of names.
func (w *walker) readDir(dir string) (fs.File, []fs.DirEntry, fs.FileInfo, error) {
	f, err := w.tree.FS.Open(dir)
	if err != nil {
		return nil, nil, nil, openfile.Cause(err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, nil, openfile.Cause(err)
	}
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		f.Close()
		return nil, nil, nil, errors.ErrUnsupported
	}
	entries, err := d.ReadDir(-1)
	if err != nil {
		f.Close()
		return nil, nil, nil, openfile.Cause(err)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return f, entries, info, nil
}

// inside reports whether a directory is being visited already.
func (w *walker) inside(info fs.FileInfo) bool {
	return slices.ContainsFunc(w.parent, func(above fs.FileInfo) bool { return os.SameFile(above, info) })
}
