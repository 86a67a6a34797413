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
	if old := k.find(m.name); old != nil {
		return k.await(old)
	}
	if slices.Contains(k.Builtin, m.name) {
		return syscall.EEXIST
	}
	// Whatever a module that is still coming exports can be used once it is
	// live; the kernel waits for that.
	for k.needsComing(needed) {
		k.changed.Wait()
	}
	uses, err := k.resolve(info, needed)
	if err != nil {
		return err
	}
	if old := k.find(m.name); old != nil {
		return k.await(old)
	}
	m.uses = uses
	for _, used := range uses {
		used.users = append(used.users, m)
	}
	k.modules = append(k.modules, m)
	return nil
}

// await waits until another insert of a module has ended, and answers as the
// kernel does: EEXIST when that went well, EBUSY when it did not.
func (k *Kernel) await(old *module) error {
	for old.state == kmod.StateComing {
		k.changed.Wait()
	}
	if old.state == kmod.StateLive {
		return syscall.EEXIST
	}
	return syscall.EBUSY
}

// needsComing reports whether a symbol is exported by a module that is coming.
func (k *Kernel) needsComing(needed []modinfo.Needed) bool {
	for _, m := range k.modules {
		if m.state != kmod.StateComing {
			continue
		}
		for _, n := range needed {
			if slices.Contains(m.exports, strings.TrimPrefix(n.Name, ".")) {
				return true
			}
		}
	}
	return false
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
		m.state = kmod.StateGoing
		k.drop(m)
		return errno
	}
	m.state = kmod.StateLive
	return nil
}
