package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/gokmod/gokmod/kmod"
)

// library has the policy and the loader to use. A DB does not see what depmod
// writes after it was opened, so that there is a new one when that has happened.
// It is safe for concurrent use.
type library struct {
	read func() (*policy, error)
	open func(*policy) (*kmod.Loader, error)
	log  *slog.Logger

	mu      sync.Mutex
	edition *edition
}

// edition is a loader with the policy and the DB as they were at some time. The
// DB is closed when the last user is done and there is a newer one.
type edition struct {
	policy *policy
	loader *kmod.Loader
	index  os.FileInfo // of the index, nil for none
	users  int
	old    bool
}

func newLibrary(read func() (*policy, error), open func(*policy) (*kmod.Loader, error), log *slog.Logger) (*library, error) {
	l := &library{read: read, open: open, log: log}
	return l, l.reload()
}

// reload reads the policy and opens the modules, with their configuration, anew.
// Where that fails, everything stays as it was.
func (l *library) reload() error {
	p, err := l.read()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.renew(p)
}

// renew opens the modules anew.
func (l *library) renew(p *policy) error {
	loader, err := l.open(p)
	if err != nil {
		return err
	}
	if l.edition != nil {
		l.edition.old = true
		l.edition.closeUnused()
	}
	l.edition = &edition{policy: p, loader: loader, index: indexOf(loader)}
	return nil
}

// indexOf looks at the file that depmod replaces whenever it runs.
func indexOf(loader *kmod.Loader) os.FileInfo {
	info, err := os.Stat(filepath.Join(loader.DB().Dir(), "modules.dep.bin"))
	if err != nil {
		return nil
	}
	return info
}

func sameIndex(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == b
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// borrow returns an edition with the modules as they are now, and what to call
// when it is not needed any more. Where they cannot be opened anew, it is the
// last one.
func (l *library) borrow() (e *edition, done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !sameIndex(l.edition.index, indexOf(l.edition.loader)) {
		if err := l.renew(l.edition.policy); err != nil {
			l.log.Error("the modules cannot be opened anew", "error", err)
		} else {
			l.log.Info("the indexes of modules have changed", "modules", filepath.Clean(l.edition.loader.DB().Dir()))
		}
	}
	e = l.edition
	e.users++
	return e, func() { l.giveBack(e) }
}

func (l *library) giveBack(e *edition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.users--
	e.closeUnused()
}

// closeUnused closes a DB that nobody will look into any more.
func (e *edition) closeUnused() {
	if e.old && e.users == 0 {
		e.loader.DB().Close()
	}
}

// close ends the use of the library, when all have given back what they borrowed.
func (l *library) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.edition.old = true
	l.edition.closeUnused()
}
