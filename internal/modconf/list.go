package modconf

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/openfile"
)

// source is a file to read.
type source struct {
	base     string // the name that decides order and hiding
	fsys     fs.FS
	name     string // in fsys; for a file in memory, its name in messages
	prefix   string // of its name in messages
	text     string
	inMemory bool
	optional bool // may be absent
}

// lister finds the files to read.
type lister struct {
	*reader
	files []source
	seen  map[string]bool // by base
	dirs  []fs.FileInfo
}

// list returns the files to read, without those that another one hides.
func (r *reader) list() []source {
	l := lister{reader: r, seen: map[string]bool{}}
	for _, f := range r.src.Files {
		l.add(source{base: path.Base(f.Name), name: f.Name, text: f.Text, inMemory: true})
	}
	if r.src.FS != nil {
		for _, dir := range r.src.Dirs {
			if err := l.addPlace(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				r.cannotRead(r.src.Prefix+dir, err)
			}
		}
	}
	l.addModuleDir()
	return l.files
}

// addModuleDir lists the files that depmod wrote.
func (l *lister) addModuleDir() {
	f := source{fsys: l.src.ModuleFS, prefix: l.src.ModulePrefix, optional: true}
	if f.fsys == nil {
		f.fsys, f.prefix = l.src.FS, l.src.Prefix
	}
	if f.fsys == nil || l.src.ModuleDir == "" {
		return
	}
	for _, base := range [...]string{moddir.Softdep, moddir.Weakdep} {
		f.base, f.name = base, path.Join(l.src.ModuleDir, base)
		l.add(f)
	}
}

// configured returns a file of the configuration as a source.
func (l *lister) configured(name string) source {
	return source{base: path.Base(name), fsys: l.src.FS, name: name, prefix: l.src.Prefix}
}

// add lists a file unless one of higher precedence hides it.
func (l *lister) add(f source) {
	if !l.seen[f.base] {
		l.seen[f.base] = true
		l.files = append(l.files, f)
	}
}

// addPlace lists a directory's files, or a single file.
func (l *lister) addPlace(name string) error {
	if _, safe := l.src.FS.(openfile.Nonblocking); !safe {
		if info, err := fs.Stat(l.src.FS, name); err != nil {
			return err
		} else if !info.IsDir() {
			l.addFile(name, info.Mode())
			return nil
		}
	}
	f, err := l.src.FS.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.IsDir() {
		l.addFile(name, info.Mode())
		return nil
	}
	if slices.ContainsFunc(l.dirs, func(dir fs.FileInfo) bool { return os.SameFile(dir, info) }) {
		return nil // /lib is often a link to usr/lib
	}
	l.dirs = append(l.dirs, info)
	return l.addDir(name, f)
}

// addDir lists the files of a directory.
func (l *lister) addDir(dir string, f fs.File) error {
	d, ok := f.(fs.ReadDirFile)
	if !ok {
		return errors.ErrUnsupported
	}
	for left := MaxFiles; left > 0; {
		entries, err := d.ReadDir(left)
		left -= len(entries)
		for _, e := range entries {
			base := e.Name()
			if strings.HasSuffix(base, ".conf") && base[0] != '.' {
				l.addEntry(path.Join(dir, base), e.Type())
			}
		}
		if err == io.EOF || err == nil && len(entries) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errTooMany
}

// addEntry lists a name in a directory. Dangling links and directories are not
// read, and hide nothing.
func (l *lister) addEntry(name string, mode fs.FileMode) {
	if mode&fs.ModeSymlink != 0 {
		if target, err := fs.ReadLink(l.src.FS, name); err == nil && target == "/dev/null" {
			mode = fs.ModeCharDevice
		} else if info, err := fs.Stat(l.src.FS, name); err != nil {
			l.cannotRead(l.src.Prefix+name, err)
			return
		} else {
			mode = info.Mode()
		}
	}
	if mode.IsDir() {
		l.warn(Origin{File: l.src.Prefix + name}, "directories inside directories are not supported")
		return
	}
	l.addFile(name, mode)
}

// addFile lists a file. A character device is taken as empty: it is /dev/null,
// which means that there is no configuration.
func (l *lister) addFile(name string, mode fs.FileMode) {
	f := l.configured(name)
	f.inMemory = mode&fs.ModeCharDevice != 0
	l.add(f)
}
