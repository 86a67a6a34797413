package fileset

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// finish ends a run in the set that is current by now, and removes its
// directory. The error, if any, is what went wrong before.
func (r *run) finish(files []File, err error) (State, error) {
	set, setErr := r.currentSet()
	state := Old
	if set == newSet {
		state = New
	}
	if setErr != nil || state == New && err != nil {
		// Unknown, or not known to be on the disk: the links stay until the
		// next run.
		return state, errors.Join(err, setErr)
	}
	var settleErr error
	var names []string
	for _, f := range files {
		if owner, _ := r.linked(f.Name); owner != nil {
			names = append(names, f.Name)
		}
	}
	links := r.watch(names)
	for _, f := range files {
		if e := r.settle(set, f.Name); e != nil && settleErr == nil {
			settleErr = named(f.Name, e)
		}
	}
	links.end(settleErr)
	if settleErr == nil {
		settleErr = r.dispose()
	}
	if err == nil {
		err = settleErr
	}
	return state, err
}

// patience is how long a run waits for readers that have reached a link but not
// yet its target, which takes a reader microseconds. A reader that is stopped
// for longer while it opens the file does not find it.
const patience = 200 * time.Millisecond

// watch must be called before links are replaced by files. When the watch ends,
// no reader is left that is following a link into the run's directory.
func (d *disk) watch(names []string) watched {
	paths := make([]string, len(names))
	for i, name := range names {
		paths[i] = filepath.Join(d.root.Name(), name)
	}
	return watched{sys.WatchRemoval(paths)}
}

// watched are links that are about to be replaced.
type watched struct{ *sys.Removal }

// end waits for readers, unless links are left, for which waiting would not
// end.
func (w watched) end(err error) {
	if err == nil {
		w.Wait(patience)
	} else {
		w.Wait(0)
	}
}

// currentSet returns the set that links lead to, or "" for none.
func (r *run) currentSet() (string, error) {
	set, err := r.root.Readlink(r.in(current))
	if err != nil {
		return "", exists(err)
	}
	if set != oldSet && set != newSet {
		return "", &fs.PathError{Op: "readlink", Path: current, Err: fs.ErrInvalid}
	}
	return set, nil
}

// settle replaces the link to a file of the set with the file, if the name is a
// link: nothing changes for readers. The file stays in the set as well, for
// readers that have read the link already. A link to a missing file is removed.
func (r *run) settle(set, name string) error {
	owner, err := r.linked(name)
	if err != nil || owner == nil || owner.name != r.name {
		return err
	}
	from, tmp := r.in(set, name), r.in(staged, name)
	info, err := r.root.Lstat(from)
	if set == "" || errors.Is(err, fs.ErrNotExist) {
		return r.remove(name)
	}
	if err == nil && !info.Mode().IsRegular() && info.Mode().Type() != fs.ModeSymlink {
		err = openfile.ErrNotRegular // no run puts that into a set
	}
	if err == nil {
		err = r.remove(tmp)
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() == fs.ModeSymlink {
		err = r.restoreLink(from, tmp)
	} else if r.link(from, tmp) != nil {
		tmp = from
	}
	if err == nil {
		err = r.rename(tmp, name)
	}
	return err
}

// restoreLink undoes deeper.
func (r *run) restoreLink(from, to string) error {
	text, err := r.root.Readlink(from)
	if err != nil {
		return err
	}
	return r.symlink(strings.TrimPrefix(filepath.ToSlash(text), up), to)
}

// dispose removes the directory of a run to which no link leads.
func (r *run) dispose() error {
	// Not before the replacements of the links are on the disk.
	if err := r.sync("."); err != nil {
		return err
	}
	return r.removeAll(r.name)
}
