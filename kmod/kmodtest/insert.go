package kmodtest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// insert does what the kernel does with a module image: check it, resolve its
// symbols, run its init function. It returns the module's name.
func (k *Kernel) insert(f *modinfo.File, params string, flags kmod.InsertFlags) (string, error) {
	m, info, err := describe(f)
	if err != nil {
		return "", syscall.ENOEXEC
	}
	m.params = params
	if err := k.admit(info, flags); err != nil {
		return m.name, err
	}
	needed, err := f.Needed()
	if err != nil {
		return m.name, syscall.ENOEXEC
	}
	if err := k.add(m, info, needed); err != nil {
		return m.name, err
	}
	if k.Delay != nil {
		time.Sleep(k.Delay(m.name))
	}
	return m.name, k.finish(m)
}

// describe makes the kernel's view of a module file.
func describe(f *modinfo.File) (*module, *modinfo.Info, error) {
	info, err := f.Info()
	if err != nil {
		return nil, nil, err
	}
	exports, err := f.Exports()
	if err != nil {
		return nil, nil, err
	}
	m := &module{name: info.Name(), size: int(f.Size()), state: kmod.StateComing}
	if m.name == "" {
		return nil, nil, errors.New("the module has no name")
	}
	for _, e := range exports {
		m.exports = append(m.exports, e.Name)
	}
	if !info.InTree() {
		m.taint += "O"
	}
	if info.Signature == nil {
		m.taint += "E"
	}
	return m, info, nil
}

// admit checks signature and vermagic.
func (k *Kernel) admit(info *modinfo.Info, flags kmod.InsertFlags) error {
	if info.Signature == nil && (k.Lockdown == "integrity" || k.Lockdown == "confidentiality") {
		return syscall.EPERM
	}
	if k.Vermagic == "" || flags&kmod.IgnoreVermagic != 0 || !info.Has("vermagic") {
		return nil
	}
	if info.Vermagic() != k.Vermagic {
		return syscall.ENOEXEC
	}
	return nil
}

// add puts a module into the list, in the state "coming", behind what it uses.
func (k *Kernel) add(m *module, info *modinfo.Info, needed []modinfo.Needed) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changed == nil {
		k.changed = sync.NewCond(&k.mu)
	}
	for {
		old := k.find(m.name)
		if old == nil {
			break
		}
		if old.state == kmod.StateLive {
			return syscall.EEXIST
		}
		// The real kernel waits for the other insert too. When that
		// succeeds, the answer is EEXIST.
		k.changed.Wait()
	}
	if slices.Contains(k.Builtin, m.name) {
		return syscall.EEXIST
	}
	uses, err := k.resolve(info, needed)
	if err != nil {
		return err
	}
	m.uses = uses
	for _, used := range uses {
		used.users = append(used.users, m)
	}
	k.modules = append(k.modules, m)
	return nil
}

// resolve finds the modules whose symbols are needed.
func (k *Kernel) resolve(info *modinfo.Info, needed []modinfo.Needed) ([]*module, error) {
	var uses []*module
	for _, n := range needed {
		name := strings.TrimPrefix(n.Name, ".")
		owner := k.exporter(name)
		switch {
		case owner != nil && !slices.Contains(uses, owner):
			uses = append(uses, owner)
		case owner == nil && k.Symbols != nil && !n.Weak && !k.has(name):
			return nil, syscall.ENOENT
		}
	}
	if k.Symbols != nil {
		return uses, nil
	}
	for _, dep := range info.Depends() {
		dep = strings.ReplaceAll(dep, "-", "_")
		if m := k.find(dep); (m == nil || m.state != kmod.StateLive) && !slices.Contains(k.Builtin, dep) {
			return nil, syscall.ENOENT
		}
	}
	return uses, nil
}

// exporter finds the live module that exports a symbol.
func (k *Kernel) exporter(symbol string) *module {
	for _, m := range k.modules {
		if m.state == kmod.StateLive && slices.Contains(m.exports, symbol) {
			return m
		}
	}
	return nil
}

// has reports whether the kernel image has a symbol. module_layout and
// __this_module stand for the kernel itself.
func (k *Kernel) has(symbol string) bool {
	return symbol == "module_layout" || symbol == "__this_module" || slices.Contains(k.Symbols, symbol)
}

// finish ends the init function of a module.
func (k *Kernel) finish(m *module) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer k.changed.Broadcast()
	if errno := k.fails[m.name]; errno != 0 {
		k.drop(m)
		return errno
	}
	m.state = kmod.StateLive
	return nil
}
