package openfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gokmod/gokmod/internal/sys"
)

// draft is a file that is being written, beside the one that it will replace:
// NAME.DIGITS.tmp. It is locked until it has its final name, which distinguishes
// it from the leftovers of a killed writer.
type draft struct {
	*os.File
	lock *os.File // nil if the file system has no locks
}

// Parts of the name of a draft.
const (
	draftEnd = ".tmp"
	digits   = "0123456789"
)

// attempts bounds how often a draft is made again because others removed it just
// before it was locked.
const attempts = 100

// create makes a draft for the file with the given name.
func create(name string) (draft, error) {
	for range attempts {
		f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*"+draftEnd)
		if err != nil {
			return draft{}, err
		}
		lock, there := lockDraft(f)
		if there {
			return draft{f, lock}, nil
		}
		f.Close()
	}
	return draft{}, &fs.PathError{Op: "create", Path: name + draftEnd, Err: fs.ErrNotExist}
}

// lockDraft locks a draft through a descriptor of its own, which outlives the
// writer's. It reports whether the draft still exists.
func lockDraft(f *os.File) (lock *os.File, there bool) {
	lock, err := os.OpenFile(f.Name(), Flags, 0)
	if err != nil {
		return nil, !errors.Is(err, fs.ErrNotExist)
	}
	if sys.Lock(lock) != nil {
		lock.Close()
		return nil, true
	}
	if there = same(f, f.Name()); !there {
		lock.Close()
		return nil, false
	}
	return lock, true
}

func (d *draft) unlock() {
	if d.lock != nil {
		d.lock.Close()
	}
}

// same reports whether a name refers to an open file.
func same(f *os.File, name string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(name)
	return err == nil && os.SameFile(opened, named)
}

// Tidy removes what killed calls of Replace left for a file: regular files
// NAME.DIGITS.tmp beside it, or beside the file that it links to, that no writer
// has locked. If that is not possible they stay.
func Tidy(name string) {
	if name, err := place(name); err == nil {
		tidy(name)
	}
}

func tidy(name string) {
	dir := filepath.Dir(name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.Type().IsRegular() && isDraft(e.Name(), filepath.Base(name)) {
			removeDraft(filepath.Join(dir, e.Name()))
		}
	}
}

// isDraft reports whether a name is that of a draft for the file of.
func isDraft(name, of string) bool {
	rest, ok := strings.CutPrefix(name, of+".")
	number, isTmp := strings.CutSuffix(rest, draftEnd)
	return ok && isTmp && number != "" && strings.Trim(number, digits) == ""
}

// removeDraft removes a draft, unless its writer is still running.
func removeDraft(name string) {
	opened, _, err := Open(name)
	if err != nil {
		return
	}
	f := opened.Standard()
	defer f.Close()
	if locked, err := sys.TryLock(f); locked && err == nil && same(f, name) {
		os.Remove(name)
	}
}
