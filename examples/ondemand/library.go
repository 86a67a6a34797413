package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/gokmod/gokmod/kmod"
)

// library has the loader to use. A DB does not see what depmod writes after it
// was opened, so that there is a new one when that has happened. It is safe for
// concurrent use.
type library struct {
	open func() (*kmod.Loader, error)
	log  *slog.Logger

	mu      sync.Mutex
	edition *edition
}

// edition is a loader with the DB as it was at some time. The DB is closed when
// the last user is done and there is a newer one.
type edition struct {
	loader *kmod.Loader
	index  os.FileInfo // of the index, nil for none
	users  int
	old    bool
}

func newLibrary(open func() (*kmod.Loader, error), log *slog.Logger) (*library, error) {
	l := &library{open: open, log: log}
	e, err := l.newEdition()
	l.edition = e
	return l, err
}

func (l *library) newEdition() (*edition, error) {
	loader, err := l.open()
	if err != nil {
		return nil, err
	}
	return &edition{loader: loader, index: indexOf(loader)}, nil
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

// borrow returns a loader with the modules as they are now, and what to call when
// it is not needed any more. Where they cannot be opened anew, it is the last one.
func (l *library) borrow() (loader *kmod.Loader, done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !sameIndex(l.edition.index, indexOf(l.edition.loader)) {
		l.renew()
	}
	e := l.edition
	e.users++
	return e.loader, func() { l.giveBack(e) }
}

func (l *library) renew() {
	e, err := l.newEdition()
	if err != nil {
		l.log.Error("the modules cannot be opened anew", "error", err)
		return
	}
	l.log.Info("the indexes of modules have changed", "modules", filepath.Clean(e.loader.DB().Dir()))
	l.edition.old = true
	l.edition.closeUnused()
	l.edition = e
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
