package fileset

import (
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/internal/openfile"
)

// settleStale turns the links of all runs into files, with the content that they lead
// to, and returns the runs. Nothing changes for readers. As every run holds the lock
// from beginning to end, all of them have ended.
//
// It repairs any state of the directory: if a run's directory is damaged, the files
// that readers find through it count, and anything but a file in place of the lock is
// moved out of the way.
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

// settleLinks turns the links that belong to runs into files.
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

// settleCurrent turns a link into the file of the run's current set. If the run's
// directory is damaged, the file that readers find counts.
func (r *run) settleCurrent(name string) error {
	set, err := r.currentSet()
	if err == nil {
		err = r.settle(set, name)
	}
	if err == nil {
		return nil
	}
	if r.settleFound(name) == nil {
		return nil
	}
	return err
}

// settleFound turns a link into the file that readers find by it. A link that leads
// to no file of this directory is removed: no set has it.
func (d *disk) settleFound(name string) error {
	info, err := d.root.Stat(name)
	if openfile.MachineFailed(err) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	if err != nil || !info.Mode().IsRegular() {
		return d.remove(name)
	}
	fresh, err := d.begin()
	if err != nil {
		return err
	}
	defer d.removeAll(fresh.name)
	if err := fresh.copy(name, fresh.in(name), info); err != nil {
		return err
	}
	return d.rename(fresh.in(name), name)
}

// removeStale removes the directories of ended runs. The error is about the first
// that must stay, because it contains something that no run makes.
func (d *disk) removeStale(stale []*run) error {
	var first error
	for _, r := range stale {
		if err := r.dispose(); first == nil {
			first = named(r.name, err)
		}
	}
	return first
}
