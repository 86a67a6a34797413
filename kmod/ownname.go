package kmod

import (
	"sync"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/kmod/live"
)

// A module has two names. Indexes, configuration and plans use that of its file;
// /proc/modules, /sys/module and delete_module(2) use its own, which is written in
// the file and is the same in all but a few modules: nvidia-current.ko holds nvidia.
// As a file has to be unpacked to tell the module's own name, that is done only
//
//   - when the kernel answers an insert with EEXIST or EBUSY although it has nothing
//     of the file's name ([Loader.explainInsert]), or when a module that was just
//     inserted is not there by the file's name ([run.rollback]), or
//   - when the kernel has modules that modules.dep does not list by the names
//     they have there ([Loader.strangers]), and then only for a module that was
//     asked about and that the kernel does not have by the file's name.
//
// The DB remembers what was read, so that each file is read once. The second case
// requires reading /proc/modules, at most once per call, and not for a module that is
// about to be inserted, as the kernel's answer to the insert tells the same
// ([run.mustLook]).

// ownNames are the own names of a DB's modules that were read so far. It is safe
// for concurrent use; its zero value is ready.
type ownNames struct {
	mu    sync.Mutex
	names map[string]*ownName // by the file's name
}

// ownName is the own name of a module, "" until it was read.
type ownName struct {
	mu   sync.Mutex // held while the file is read, so that this happens once
	name string
}

// maxOwnNames bounds the names that are remembered. No kernel has that many modules.
const maxOwnNames = 1 << 16

// entry returns the entry of a module, nil when there is none and it may not be
// made.
func (o *ownNames) entry(file string, add bool) *ownName {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.names[file]
	if e == nil && add && len(o.names) < maxOwnNames {
		if o.names == nil {
			o.names = map[string]*ownName{}
		}
		e = &ownName{}
		o.names[file] = e
	}
	return e
}

// get returns the own name of a module, which it calls read for if it is not known.
func (e *ownName) get(read func() string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.name == "" && read != nil {
		e.name = read()
	}
	return e.name
}

// knownName returns a module's own name if that was read before, otherwise that of
// its file.
func (l *Loader) knownName(m Module) string {
	if l.db == nil || m.Local {
		return m.Name
	}
	if e := l.db.own.entry(m.Name, false); e != nil {
		if own := e.get(nil); own != "" {
			return own
		}
	}
	return m.Name
}

// ownName returns a module's own name, or that of its file if the file does not say
// or cannot be read.
func (l *Loader) ownName(m Module) string {
	name := ""
	read := func() string { return readOwnName(l.db, m) }
	switch {
	case m.Local:
		name = read() // the file may have changed by the next time
	case l.db != nil && m.file != "":
		if e := l.db.own.entry(m.Name, true); e != nil {
			name = e.get(read)
		} else {
			name = read()
		}
	}
	if name == "" {
		return m.Name
	}
	return name
}

// remember keeps the own name of a module whose file was read for another reason.
func (db *DB) remember(m Module, own string) {
	if db == nil || m.Local || m.file == "" {
		return
	}
	if e := db.own.entry(m.Name, true); e != nil {
		e.get(func() string { return own })
	}
}

// readOwnName reads a module's own name, "" where the file cannot be read.
func readOwnName(db *DB, m Module) string {
	f, err := openInfo(db, m)
	if err != nil {
		return ""
	}
	defer f.Close()
	if name := kernfs.OwnName(f); name != "" {
		return name
	}
	return m.Name
}

// strangers are the modules in the kernel that modules.dep does not list by the
// names that they have there: inserted from elsewhere, of another release, or
// from a file of another name.
func (l *Loader) strangers() map[string]bool {
	strangers := map[string]bool{}
	for m, err := range live.Loaded(l.kernel) {
		if err != nil {
			return nil
		}
		l.db.addStranger(strangers, m.Name)
	}
	return strangers
}

// addStranger adds the name of a module in the kernel if modules.dep can be read and
// does not list it. Without a DB it always adds the name.
func (db *DB) addStranger(strangers map[string]bool, name string) {
	if db == nil {
		strangers[name] = true
	} else if _, listed, err := db.deps.get(name); err == nil && !listed {
		strangers[name] = true
	}
}

// liveNames finds modules of a DB among those in the kernel, for one call of the
// Loader. It is safe for concurrent use.
type liveNames struct {
	l    *Loader
	list func() map[string]bool // finds the strangers, nil for those of the Loader
	gone map[string]bool        // modules in the kernel that count as absent

	once  sync.Once
	found map[string]bool
}

func (l *Loader) liveNames() *liveNames { return &liveNames{l: l} }

// strangers are those that the kernel has, or had when they were first needed.
func (n *liveNames) strangers() map[string]bool {
	n.once.Do(func() {
		if n.list != nil {
			n.found = n.list()
		} else {
			n.found = n.l.strangers()
		}
	})
	return n.found
}

// name returns the name that the kernel would have for a module that it does not have
// by the known name.
func (n *liveNames) name(m Module) string {
	if len(n.strangers()) == 0 {
		return n.l.knownName(m)
	}
	return n.l.ownName(m)
}

// status returns what the kernel alone says about a module, and its name there.
func (n *liveNames) status(m Module) (live.Status, string, error) {
	name := n.l.knownName(m)
	status, err := n.ask(name)
	if err != nil || status != live.StatusAbsent {
		return status, name, err
	}
	if own := n.name(m); own != name {
		status, err = n.ask(own)
		name = own
	}
	return status, name, err
}

// ask returns the status of the module that the kernel has by that name.
func (n *liveNames) ask(name string) (live.Status, error) {
	if n.gone[name] {
		return live.StatusAbsent, nil
	}
	return n.l.statusToInsert(name)
}

// inKernel returns OutcomeLive when the module of a step is in the kernel and ready,
// and OutcomeBuiltin when the kernel has it built in, whatever the DB says about it.
func (n *liveNames) inKernel(s *Step) Outcome {
	if !s.canBeLive() {
		return OutcomeNotReached
	}
	status, _, _ := n.status(s.Module)
	return inKernel(status)
}
