package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/gokmod/gokmod/kmod"
)

// library has the current policy and loader. A DB does not see what depmod
// writes after it was opened, so a new one is opened after that. It is safe for
// concurrent use.
type library struct {
	read func() (*policy, error)
	open func(*policy) (*kmod.Loader, error)
	log  *slog.Logger

	mu      sync.Mutex
	edition *edition
}

// edition is a loader with the policy and the DB of some point in time. The DB
// is closed when its last user is done and there is a newer one.
type edition struct {
	policy *policy
	loader *kmod.Loader
	index  os.FileInfo // of the index, nil if there is none
	users  int
	old    bool
}

func newLibrary(read func() (*policy, error), open func(*policy) (*kmod.Loader, error), log *slog.Logger) (*library, error) {
	l := &library{read: read, open: open, log: log}
	return l, l.reload()
}

// reload reads the policy and reopens the modules, with their configuration. If
// that fails, nothing changes.
func (l *library) reload() error {
	p, err := l.read()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.renew(p)
}

// renew reopens the modules.
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

// indexOf describes the file that depmod replaces whenever it runs.
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

// borrow returns an edition with the current modules, and a function to call
// when it is no longer needed. If they cannot be reopened, it is the last
// edition.
func (l *library) borrow() (e *edition, done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !sameIndex(l.edition.index, indexOf(l.edition.loader)) {
		if err := l.renew(l.edition.policy); err != nil {
			l.log.Error("cannot reopen the modules", "error", err)
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

// closeUnused closes a DB that is no longer used.
func (e *edition) closeUnused() {
	if e.old && e.users == 0 {
		e.loader.DB().Close()
	}
}

// close ends the use of the library, once everything borrowed has been returned.
func (l *library) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.edition.old = true
	l.edition.closeUnused()
}
