package closure

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/kmod"
)

// The bounds of comparing names in directories with the patterns of a closure: how
// many names, and how many steps as package glob counts them. A distribution has
// some four thousand firmware files.
const (
	maxFirmwareEntries = 1 << 24
	maxFirmwareSteps   = 1 << 26
)

var errFirmwareEntries = reason.New("there are too many files and patterns to compare", kmod.ErrBudget)

// firmwareLister lists directories, each once.
type firmwareLister struct {
	dirs  map[firmwareDir][]fs.DirEntry
	left  int         // entries that may still be compared
	steps glob.Budget // of comparing them
	room  int64       // bytes of memory that names may still take
}

// take counts memory against the bound.
func (l *firmwareLister) take(bytes int64) error {
	if l.room -= bytes; l.room < 0 {
		return errFirmwareEntries
	}
	return nil
}

// list returns the entries of a directory, none for one that cannot be read unless
// the machine failed.
func (l *firmwareLister) list(d firmwareDir) ([]fs.DirEntry, error) {
	entries, known := l.dirs[d]
	if !known {
		var err error
		if entries, err = fs.ReadDir(d.tree.FS, d.dir); openfile.MachineFailed(err) {
			return nil, err
		}
		size := len(d.dir) + perName
		for _, e := range entries {
			size += len(e.Name()) + perName
		}
		if err := l.take(int64(size)); err != nil {
			return nil, err
		}
		l.dirs[d] = entries
	}
	if l.left -= len(entries) + 1; l.left < 0 {
		return nil, errFirmwareEntries
	}
	return entries, nil
}

// matches returns the names of the files in any of the directories that match a
// pattern, without the extension of compressed ones. As in a shell, "*" does not
// match "/".
func (f *firmwareFinder) matches(pattern string) ([]string, error) {
	var all []string
	for _, dir := range f.dirs {
		names := []string{""}
		parts := strings.Split(pattern, "/")
		for i, part := range parts {
			var err error
			if names, err = f.lister.descend(dir, names, part, i == len(parts)-1); err != nil {
				return nil, err
			}
		}
		all = append(all, names...)
	}
	return inOrder(all), nil
}

// descend goes one directory down: it returns the names below each of names that
// match part.
func (l *firmwareLister) descend(d firmwareDir, names []string, part string, last bool) ([]string, error) {
	if !strings.ContainsAny(part, "*?[") && !last {
		for i := range names {
			names[i] = path.Join(names[i], part)
		}
		return names, nil
	}
	var below []string
	for _, name := range names {
		entries, err := l.list(firmwareDir{d.tree, path.Join(d.dir, name)})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			match, ok := l.match(part, e, last)
			if l.steps.Over() {
				return nil, errFirmwareEntries
			}
			if !ok {
				continue
			}
			if err := l.take(int64(len(name) + len(match) + perName)); err != nil {
				return nil, err
			}
			below = append(below, path.Join(name, match))
		}
	}
	slices.Sort(below)
	return slices.Compact(below), nil
}

// match compares a directory entry with a part of a pattern, and returns the name that
// a module asks for it by.
func (l *firmwareLister) match(part string, e fs.DirEntry, last bool) (string, bool) {
	name := e.Name()
	link := e.Type()&fs.ModeSymlink != 0
	if !last {
		return name, (e.IsDir() || link) && glob.MatchWithin(&l.steps, part, name)
	}
	if e.IsDir() {
		return "", false
	}
	for _, suffix := range firmwareSuffixes[1:] {
		if stem, ok := strings.CutSuffix(name, suffix); ok && glob.MatchWithin(&l.steps, part, stem) {
			return stem, true
		}
	}
	return name, glob.MatchWithin(&l.steps, part, name)
}
