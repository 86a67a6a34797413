package kmod

import (
	"errors"
	"io/fs"
	"sync/atomic"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/kmod/live"
)

// statusToInsert is liveStatus before an insert, when most modules are absent: one system
// call then tells.
func (l *Loader) statusToInsert(name string) (live.Status, error) {
	if l.shown.lacks(l.kernel.Sys(), name) {
		return live.StatusAbsent, nil
	}
	return l.liveStatus(name)
}

// shownModules remembers that the kernel shows its modules in /sys/module, so that a name
// that is missing there is that of no module. If /sys is unmounted later, an insert is
// tried for nothing at the most. It is safe for concurrent use; its zero value is ready.
type shownModules struct{ yes atomic.Bool }

// lacks reports whether the kernel shows that it has no module of that name.
func (s *shownModules) lacks(sys fs.FS, name string) bool {
	if !kernfs.IsElement(name) {
		return false
	}
	if _, err := openfile.Mode(sys, "module/"+name); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	if !s.yes.Load() && kernfs.Exists(sys, "module") {
		s.yes.Store(true)
	}
	return s.yes.Load()
}
