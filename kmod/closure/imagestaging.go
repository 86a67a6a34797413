package closure

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/sys"
)

// stagingPrefix and 16 hexadecimal digits are the name of a staging directory.
const stagingPrefix = ".kmod-"

// staging is a directory that holds the files of an image until all of them are
// complete. It is locked while it is in use, so that the next run can tell what an
// interrupted one left behind.
type staging struct {
	root *os.Root
	name string
	lock *os.File
}

// newStaging makes a staging directory.
func newStaging(root *os.Root) (*staging, error) {
	const tries = 8 // another run may take the directory for a leftover before it is locked
	for range tries {
		s := &staging{root: root, name: fmt.Sprintf("%s%016x", stagingPrefix, rand.Uint64())}
		if err := root.Mkdir(s.name, 0o700); err != nil {
			return nil, err
		}
		if s.claim() {
			return s, nil
		}
	}
	return nil, &fs.PathError{Op: "lock", Path: stagingPrefix + "*", Err: fs.ErrExist}
}

// claim locks the directory and reports whether it still exists. Where directories
// cannot be locked, no run removes what another one left.
func (s *staging) claim() bool {
	f, err := s.root.Open(s.name)
	if err != nil {
		return false
	}
	locked, err := sys.TryLock(f)
	if _, gone := s.root.Lstat(s.name); gone != nil || err == nil && !locked {
		f.Close()
		return false
	}
	s.lock = f
	return true
}

// remove removes the directory with everything still in it.
func (s *staging) remove() error {
	err := s.root.RemoveAll(s.name)
	return errors.Join(err, s.lock.Close())
}

// place returns where a file of the image is before it is moved into place.
func (s *staging) place(name string) string { return path.Join(s.name, name) }

// cleanStagings removes the staging directories of interrupted runs.
func cleanStagings(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), stagingPrefix)
		if !ok || !e.IsDir() || len(digits) != 16 || strings.Trim(digits, "0123456789abcdef") != "" {
			continue
		}
		f, err := root.Open(e.Name())
		if err != nil {
			continue // another run has removed it
		}
		if locked, _ := sys.TryLock(f); locked {
			err = root.RemoveAll(e.Name())
		}
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
