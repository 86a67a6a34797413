package fileset

import (
	"errors"
	"io/fs"
	"os"
)

// Recover cleans up a folder in which runs of Replace were cut off: links
// become files again, with the content that they lead to, and the folders that
// they lead to are removed. Nothing changes for readers. It waits for runs
// that are under way. Options that do not concern it are ignored.
//
// Replace does the same at its start. The error is an *Error, except that it
// says nothing of sets: with the state Old nothing is lost.
func Recover(dir *os.Root, opts *Options) error {
	return recoverIn(dir, opts != nil && opts.Sync, hooks{})
}

func recoverIn(dir *os.Root, flush bool, h hooks) error {
	return wrap(dir.Name(), Old, recoverDir(dir, flush, h))
}

func recoverDir(dir *os.Root, flush bool, h hooks) error {
	d, err := open(dir, flush, h)
	if err != nil {
		return err
	}
	defer d.giveLock()
	if d.lock == nil {
		return errors.ErrUnsupported
	}
	stale, err := d.settleStale()
	if err != nil {
		return err
	}
	return d.removeStale(stale)
}

// settleStale turns the links of all runs into files and returns the runs. As
// every run holds the lock from beginning to end, they all are over.
func (d *disk) settleStale() ([]*run, error) {
	entries, err := d.entries(".")
	if err != nil {
		return nil, err
	}
	var stale []*run
	var links []string
	for _, e := range entries {
		switch {
		case e.IsDir() && IsRun(e.Name()):
			stale = append(stale, &run{d, e.Name()})
		case e.Type() == fs.ModeSymlink:
			links = append(links, e.Name())
		}
	}
	return stale, d.settleLinks(links)
}

// settleLinks turns those of the links into files that are the links of runs.
func (d *disk) settleLinks(links []string) error {
	owners := make(map[string]*run)
	var names []string
	for _, name := range links {
		r, err := d.linked(name)
		if err != nil {
			return named(name, err)
		}
		if r != nil {
			owners[name] = r
			names = append(names, name)
		}
	}
	watched := d.watch(names)
	var err error
	for _, name := range names {
		if err = named(name, owners[name].settleCurrent(name)); err != nil {
			break
		}
	}
	watched.end(err)
	return err
}

func (r *run) settleCurrent(name string) error {
	set, err := r.currentSet()
	if err != nil {
		return err
	}
	return r.settle(set, name)
}

// removeStale removes the folders of runs that are over.
func (d *disk) removeStale(stale []*run) error {
	for _, r := range stale {
		if err := r.dispose(); err != nil {
			return err
		}
	}
	return nil
}
