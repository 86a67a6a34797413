package kmod

import (
	"errors"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/kmod/live"
)

// errSilentBuiltin is an ErrNotLoaded that says more.
var errSilentBuiltin = reason.New("the module is built into the kernel, which shows nothing of it", live.ErrNotLoaded)

// Live is [live.Open] for the Loader's kernel, and for either name of a module
// whose own name is not that of its file, if the Loader has a DB.
func (l *Loader) Live(name string) (*live.Module, error) {
	m, err := live.Open(l.kernel, name)
	if err == nil || l.db == nil || !errors.Is(err, live.ErrNotLoaded) {
		return m, err
	}
	name = modname.Normalize(name)
	if status, own := l.ownStatus(name); status != live.StatusAbsent {
		return live.Open(l.kernel, own)
	}
	if status, _ := l.db.status(name); status == StatusBuiltin {
		err = &live.Error{Op: "read", Module: name, Err: errSilentBuiltin}
	}
	return nil, err
}
