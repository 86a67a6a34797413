package fileset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/openfile"
)

// What is in the directory of a run.
const (
	oldSet  = "old"     // the current files
	newSet  = "new"     // the files that replace them
	staged  = "staged"  // entries about to be renamed into place
	current = "current" // symbolic link to one of the two sets
	next    = "next"    // what is renamed to current
)

const (
	runPrefix = ".modules-"
	runDigits = 16
)

// run is one replacement, with a directory of its own in the set's directory.
type run struct {
	*disk
	name string
}

// IsRun reports whether a name is that of a directory that a run makes, and
// that may vanish at any moment.
func IsRun(name string) bool {
	digits, ok := strings.CutPrefix(name, runPrefix)
	return ok && len(digits) == runDigits && strings.Trim(digits, "0123456789abcdef") == ""
}

// begin makes the directory of a run.
func (d *disk) begin() (*run, error) {
	for range 100 {
		name := fmt.Sprintf("%s%0*x", runPrefix, runDigits, rand.Uint64())
		err := d.mkdir(name)
		if err == nil {
			return &run{d, name}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			d.remove(name)
			return nil, err
		}
	}
	return nil, fs.ErrExist
}

// in returns the path of an entry in the directory of the run.
func (r *run) in(elem ...string) string { return path.Join(r.name, path.Join(elem...)) }

// linkText is the target of a name in the set's directory while it is a link.
func (r *run) linkText(name string) string { return r.in(current, name) }

// linked reports whether a name in the set's directory is the link of a run,
// and of which.
func (d *disk) linked(name string) (*run, error) {
	info, err := d.root.Lstat(name)
	if err != nil || info.Mode().Type() != fs.ModeSymlink {
		return nil, exists(err)
	}
	text, err := d.root.Readlink(name)
	if err != nil {
		return nil, exists(err)
	}
	owner, _, _ := strings.Cut(filepath.ToSlash(text), "/")
	r := &run{d, owner}
	if !IsRun(owner) || filepath.ToSlash(text) != r.linkText(name) {
		return nil, nil
	}
	return r, nil
}

// exists ignores the error that a file does not exist.
func exists(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// replace replaces the set. It returns what readers see at the end.
func (d *disk) replace(files []File) (State, error) {
	r, err := d.begin()
	if err != nil {
		return Old, err
	}
	linkable, err := r.makeDirs()
	if err == nil {
		err = r.writeNew(files)
	}
	if err != nil {
		r.removeAll(r.name)
		return Old, err
	}
	if !linkable {
		return r.replacePlainly(files)
	}
	err = r.keepOld(files)
	if err == nil {
		err = r.redirect(files)
	}
	if err == nil {
		err = r.turn()
	}
	return r.finish(files, err)
}

// makeDirs makes the contents of the run's directory, with the old set as
// the current one. It reports whether the system supports more than plain
// renaming.
func (r *run) makeDirs() (linkable bool, err error) {
	for _, name := range []string{oldSet, newSet, staged} {
		if err := r.mkdir(r.in(name)); err != nil {
			return false, err
		}
	}
	if r.lock == nil {
		return false, nil
	}
	err = r.symlink(oldSet, r.in(current))
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return false, nil
	}
	return err == nil, err
}

// writeNew writes the new files.
func (r *run) writeNew(files []File) error {
	for _, f := range files {
		if f.Mode == 0 {
			f.Mode = 0o644
		}
		if err := r.create(r.in(newSet, f.Name), f.Data, f.Mode); err != nil {
			return named(f.Name, err)
		}
	}
	return r.sync(r.in(newSet))
}

// keepOld puts the current files into the old set too. Missing files stay
// missing there.
func (r *run) keepOld(files []File) error {
	for _, f := range files {
		info, err := r.root.Lstat(f.Name)
		if err == nil {
			err = r.keep(f.Name, info)
		}
		if exists(err) != nil {
			return named(f.Name, err)
		}
	}
	return r.sync(r.in(oldSet), r.in(staged), r.name, ".")
}

func (r *run) keep(name string, info fs.FileInfo) error {
	to := r.in(oldSet, name)
	if info.Mode().Type() == fs.ModeSymlink {
		text, err := r.root.Readlink(name)
		if err != nil {
			return err
		}
		return r.symlink(deeper(text), to)
	}
	if r.link(name, to) == nil {
		return nil
	}
	// Not every file system has hard links, and not every file may get one.
	// Whatever the reason, copying works or fails with a better one.
	return r.copy(name, to, info)
}

// copy copies a file with its times.
func (r *run) copy(from, to string, info fs.FileInfo) error {
	f, err := r.root.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	err = r.write(to, info.Mode(), func(w *os.File) error {
		_, err := io.Copy(w, f)
		return err
	})
	if err == nil {
		err = openfile.Modeless(r.root.Chtimes(to, info.ModTime(), info.ModTime()))
	}
	return err
}

// up leads from the directories in a run's directory to the set's directory.
const up = "../../"

// deeper returns the target for a link in the old set that leads where a link
// in the set's directory with the given target does.
func deeper(text string) string {
	if path.IsAbs(text) {
		return text
	}
	return up + text
}

// redirect replaces the files with links. Since the current set is the old one,
// each name reads as before, missing ones as dangling links.
func (r *run) redirect(files []File) error {
	for _, f := range files {
		tmp := r.in(staged, f.Name)
		err := r.symlink(r.linkText(f.Name), tmp)
		if err == nil {
			err = r.rename(tmp, f.Name)
		}
		if err != nil {
			return named(f.Name, err)
		}
	}
	return r.sync(".")
}

// turn makes the new set the current one: the moment of the change.
func (r *run) turn() error {
	err := r.symlink(newSet, r.in(next))
	if err == nil {
		err = r.rename(r.in(next), r.in(current))
	}
	if err != nil {
		return err
	}
	// Until this is on the disk, no file of the new set may be in its place.
	return r.sync(r.name)
}
