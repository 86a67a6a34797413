package hotplug

import (
	"cmp"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// shelf has the current loader. A DB does not see what depmod writes after it was
// opened, so a new one is opened after that. It is safe for concurrent use.
type shelf struct {
	open  func() (*kmod.Loader, error)
	retry Retry

	mu      sync.Mutex
	current *edition
	begun   bool
	closed  bool
	err     error     // why a new loader could not be opened, nil if the current one is new
	failed  int       // how often it could not, in succession
	until   time.Time // not tried before
}

// edition is a loader with the DB of some point in time, which is closed when its last
// user is done and there is a newer one.
type edition struct {
	*kmod.Loader
	indexes []fs.FileInfo
	users   int
	old     bool
}

// borrow returns the current loader for its user to give back, after opening a new one
// if that is forced, if there is none, or if the indexes have changed: then fresh. When
// it cannot be opened, the last one remains: an error with no edition is for a shelf
// that has none. After a failure it is tried again only after a pause, unless forced.
func (s *shelf) borrow(forced bool) (e *edition, fresh bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = true
	if forced || !time.Now().Before(s.until) && s.stale() {
		err = s.renew()
		fresh = err == nil
	} else if s.current == nil {
		err = s.err
	}
	return s.lend(), fresh, err
}

// look is borrow for a loader that is new, nil if the current one is up to date or cannot
// be replaced. It does not wait for a pause to pass, and a failure does not prolong it.
func (s *shelf) look() *edition {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun || s.closed || !s.stale() {
		return nil
	}
	failed, until := s.failed, s.until
	if s.renew() != nil {
		s.failed, s.until = failed, until
		return nil
	}
	return s.lend()
}

// lend counts a user of the current loader, if there is one. The lock is held.
func (s *shelf) lend() *edition {
	if s.current != nil {
		s.current.users++
	}
	return s.current
}

// stale reports whether a new loader is to be opened: there is none, the last attempt
// failed, or depmod has written indexes since. The lock is held.
func (s *shelf) stale() bool {
	return s.current == nil || s.err != nil || !sameFiles(s.current.indexes, indexes(s.current.DB()))
}

// state returns the kernel that modules are loaded into, nil if none have been opened, and
// why the newest are not in use.
func (s *shelf) state() (kernel live.Kernel, reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return nil, cmp.Or(s.err, errNotOpened)
	}
	return s.current.Kernel(), s.err
}

// renew opens a loader. The lock is held.
func (s *shelf) renew() error {
	loader, err := s.open()
	if err == nil && loader.DB() == nil {
		err = errNoDB
	}
	if err != nil {
		if loader != nil && loader.DB() != nil {
			loader.DB().Close()
		}
		s.failed++
		s.err, s.until = err, time.Now().Add(s.retry.pause(s.failed))
		return err
	}
	s.err, s.failed, s.until = nil, 0, time.Time{}
	s.retire()
	s.current = &edition{Loader: loader, indexes: indexes(loader.DB())}
	return nil
}

// retire closes the current DB, when it is no longer used. The lock is held.
func (s *shelf) retire() {
	if s.current != nil {
		s.current.old = true
		s.current.closeUnused()
		s.current = nil
	}
}

func (s *shelf) giveBack(e *edition) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.users--
	e.closeUnused()
}

func (e *edition) closeUnused() {
	if e.old && e.users == 0 {
		e.DB().Close()
	}
}

// close ends the use of the shelf, once everything borrowed has been returned.
func (s *shelf) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.retire()
}

// indexNames are files that depmod replaces whenever it runs, the first ones that it
// writes and the last: while it is at work, a DB may see both old and new ones.
var indexNames = [...]string{
	"modules.dep", "modules.dep.bin", "modules.alias", "modules.alias.bin",
	"modules.softdep", "modules.symbols.bin", "modules.devname",
}

// indexes describes the files that depmod writes, nil for one that is not there.
func indexes(db *kmod.DB) []fs.FileInfo {
	fsys, prefix := db.FS()
	dir := path.Clean(strings.TrimPrefix(db.Dir(), prefix))
	found := make([]fs.FileInfo, len(indexNames))
	for i, name := range indexNames {
		if info, err := fs.Stat(fsys, path.Join(dir, name)); err == nil {
			found[i] = info
		}
	}
	return found
}

// sameFiles reports whether files are those that they were.
func sameFiles(before, now []fs.FileInfo) bool {
	for i, a := range before {
		b := now[i]
		switch {
		case a == nil || b == nil:
			if a != b {
				return false
			}
		case a.Size() != b.Size(), !a.ModTime().Equal(b.ModTime()), os.SameFile(a, a) && !os.SameFile(a, b):
			return false
		}
	}
	return true
}
