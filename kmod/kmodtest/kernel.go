package kmodtest

import (
	"io/fs"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// Kernel is a kernel in memory; it implements live.Kernel, live.ParameterWriter
// and live.LogOpener. It is safe for concurrent use. Its fields are to be set
// before the first call.
type Kernel struct {
	// Release is the kernel's release, as in /proc/sys/kernel/osrelease.
	Release string

	// Vermagic is what modules are compared with. "" accepts every module.
	Vermagic string

	// Compression is the codec that the kernel unpacks itself ("xz", "zstd",
	// "gzip"), as in /sys/module/compression. "" means none.
	Compression string

	// Symbols are the symbols of the kernel image. If it is nil, every symbol
	// that no module could export counts as present: only the modules that the
	// "depends" field of a module names must be loaded.
	Symbols []string

	// Builtin are the names of modules that are part of the kernel.
	Builtin []string

	// Permanent are the names of modules without an exit function: they cannot
	// be removed.
	Permanent []string

	// ParamModes are the permission bits of parameters, by "module.parameter" with the
	// kernel's names; those of others are 0644. With 0 the parameter can be given at an
	// insert and is not shown in /sys, without 0o444 it cannot be read, and without 0o222
	// it cannot be written.
	ParamModes map[string]fs.FileMode

	// NoFinit means that the kernel lacks finit_module(2).
	NoFinit bool

	// ModulesDisabled is kernel.modules_disabled.
	ModulesDisabled bool

	// Lockdown is the level in /sys/kernel/security/lockdown: "", "none",
	// "integrity" or "confidentiality". With the last two unsigned modules are
	// refused.
	Lockdown string

	// SigEnforce means that unsigned modules are refused, as
	// /sys/module/module/parameters/sig_enforce shows.
	SigEnforce bool

	// Cmdline is the kernel command line in /proc/cmdline, of which
	// module_blacklist= counts.
	Cmdline string

	// NoCapability means that the process lacks CAP_SYS_MODULE.
	NoCapability bool

	// Deaf means that no events reach the process, as in a network namespace that
	// does not belong to the initial user namespace: listeners get uevent.ErrDeaf.
	Deaf bool

	// LogSize is how many records the kernel's log keeps; 0 means 1,000. With
	// LogCallers it names the thread that caused each, as kernels do that are
	// built with PRINTK_CALLER. NoLog: the process may not read it.
	LogSize    int
	LogCallers bool
	NoLog      bool

	// Delay, if not nil, says how long the init function of a module takes.
	Delay func(module string) time.Duration

	// OnCall, if not nil, is asked about every call before the kernel looks at
	// it, the Err of the call still unset. An error is the answer to the call,
	// and should be a syscall.Errno. A file that is not a module is refused
	// without asking.
	OnCall func(Call) error

	// OnInit, if not nil, is the init function of every module: it runs while
	// the module is "coming", and may block. An error makes the insert fail,
	// and should be a syscall.Errno.
	OnInit func(module, params string) error

	// OnExit, if not nil, is the exit function of every module: it runs while
	// the module is "going", and may block.
	OnExit func(module string)

	mu      sync.Mutex
	changed *sync.Cond // tells of modules that leave the state "coming"
	modules []*module  // the oldest first
	byName  map[string]*module
	owners  map[string]*module // of symbols that modules export
	faults  map[string]*fault
	calls   []Call
	log     []logRecord
	logLost int // records that are no longer kept

	devices   []device
	seqnum    uint64 // of the last event
	listeners map[*listener]bool
}

// module is a module in the kernel.
type module struct {
	name       string
	params     string
	parameters []*parameter
	size       int
	taint      string
	srcversion string
	version    string
	buildID    []byte
	state      live.Initstate
	held       int // by Hold
	exports    []string
	uses       []*module
	users      []*module
}

// New returns a kernel of that release, with nothing loaded.
func New(release string) *Kernel { return &Kernel{Release: release} }

// Modules returns the names of the modules in the kernel, in the order in which
// they were inserted.
func (k *Kernel) Modules() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var names []string
	for _, m := range k.modules {
		names = append(names, m.name)
	}
	return names
}

// Params returns the parameters that a module in the kernel was given when it
// was inserted.
func (k *Kernel) Params(module string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := k.byName[module]; m != nil {
		return m.params
	}
	return ""
}

func (k *Kernel) permanent(module string) bool { return slices.Contains(k.Permanent, module) }

// refuses reports whether the process may not insert or remove modules.
func (k *Kernel) refuses() bool { return k.NoCapability || k.ModulesDisabled }

// enter puts a module into the list. The lock is held.
func (k *Kernel) enter(m *module) {
	if k.byName == nil {
		k.byName, k.owners = map[string]*module{}, map[string]*module{}
	}
	k.modules = append(k.modules, m)
	k.byName[m.name] = m
	for _, symbol := range m.exports {
		k.owners[symbol] = m
	}
	for _, used := range m.uses {
		used.users = append(used.users, m)
	}
}

// drop removes a module from the kernel. The lock is held.
func (k *Kernel) drop(m *module) {
	same := func(other *module) bool { return other == m }
	k.modules = slices.DeleteFunc(k.modules, same)
	delete(k.byName, m.name)
	for _, symbol := range m.exports {
		delete(k.owners, symbol)
	}
	for _, used := range m.uses {
		used.users = slices.DeleteFunc(used.users, same)
	}
	k.wake()
}

// wake tells all waiters that a module changed its state. The lock is held.
func (k *Kernel) wake() {
	if k.changed != nil {
		k.changed.Broadcast()
	}
}

// wait waits for a change. The lock is held, and free meanwhile.
func (k *Kernel) wait() {
	if k.changed == nil {
		k.changed = sync.NewCond(&k.mu)
	}
	k.changed.Wait()
}

// DeleteModule implements live.Kernel.
func (k *Kernel) DeleteModule(name string, flags live.RemoveFlags) error {
	c := &call{Call: Call{Name: "delete_module", Module: name, Flags: uint(flags)}}
	if err := k.ask(c.Call); err != nil {
		return k.answer(c, err)
	}
	return k.answer(c, k.remove(c, name))
}

func (k *Kernel) remove(c *call, name string) error {
	k.mu.Lock()
	m := k.byName[name]
	if err := k.removable(m); err != nil {
		k.end(c, err)
		k.mu.Unlock()
		return err
	}
	m.state = live.StateGoing
	k.wake()
	k.mu.Unlock()
	if k.OnExit != nil {
		k.OnExit(name)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.drop(m)
	k.sendModule(uevent.Remove, m)
	k.end(c, nil)
	return nil
}

// removable answers as the kernel does before it calls the exit function. The
// lock is held.
func (k *Kernel) removable(m *module) error {
	switch {
	case k.refuses():
		return syscall.EPERM
	case m == nil:
		return syscall.ENOENT
	case len(m.users) > 0:
		return syscall.EAGAIN
	case m.state != live.StateLive || k.permanent(m.name):
		return syscall.EBUSY
	case m.held > 0:
		return syscall.EAGAIN
	}
	return nil
}
