package kmodtest

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/internal/modparam"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/kmod/uevent"
	"github.com/gokmod/gokmod/modinfo"
)

// insert does what the kernel does with a module image: check it, resolve its
// symbols, set its parameters, run its init function. It fills in the module's
// name.
func (k *Kernel) insert(c *call, f *modinfo.File) error {
	m, info, err := describe(f)
	if err != nil {
		return syscall.ENOEXEC
	}
	c.Module, m.params = m.name, c.Params
	if err := k.ask(c.Call); err != nil {
		return err
	}
	if err := k.admit(m, info, live.InsertFlags(c.Flags)); err != nil {
		return err
	}
	needed, err := f.Needed()
	if err != nil {
		return syscall.ENOEXEC
	}
	if err := k.add(c, m, info, needed); err != nil {
		return err
	}
	return k.finish(c, m, k.run(m))
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
	name, err := f.ModuleName() // whatever its file's name
	if err != nil {
		return nil, nil, err
	}
	m := &module{name: name, size: int(f.Size()), state: live.StateComing,
		srcversion: info.Srcversion(), version: info.Version(), buildID: info.BuildID, parameters: parametersOf(info)}
	if m.name == "" {
		return nil, nil, errors.New("the module has no name")
	}
	for _, e := range exports {
		m.exports = append(m.exports, e.Name)
	}
	return m, info, nil
}

// freeLicenses are those that do not taint the kernel, according to the
// kernel's document license-rules.
var freeLicenses = []string{"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"}

// admit checks signature and vermagic, and determines the taints.
func (k *Kernel) admit(m *module, info *modinfo.Info, flags live.InsertFlags) error {
	if err := k.admitSigned(info); err != nil {
		return err
	}
	if modparam.Blacklisted(k.Cmdline, m.name) {
		k.Print("Module " + m.name + " is blacklisted")
		return syscall.EPERM
	}
	forced := k.Vermagic != "" && info.Vermagic() != k.Vermagic
	if forced && flags&live.IgnoreVermagic == 0 && info.Has("vermagic") {
		k.Print(m.name + ": version magic '" + info.Vermagic() + "' should be '" + k.Vermagic + "'")
		return syscall.ENOEXEC
	}
	for _, taint := range []struct {
		letter string
		has    bool
	}{
		{"P", !slices.Contains(freeLicenses, info.License())},
		{"F", forced},
		{"O", !info.InTree()},
		{"E", info.Signature == nil},
	} {
		if taint.has {
			m.taint += taint.letter
		}
	}
	return nil
}

// admitSigned checks that there is a signature if one is required.
func (k *Kernel) admitSigned(info *modinfo.Info) error {
	switch {
	case info.Signature != nil:
		return nil
	case k.SigEnforce:
		k.Print("Loading of unsigned module is rejected")
		return sys.KeyRejected
	case k.Lockdown == "integrity" || k.Lockdown == "confidentiality":
		k.Print("Lockdown: test: unsigned module loading is restricted; see man kernel_lockdown.7")
		return syscall.EPERM
	}
	return nil
}

// add puts a module into the list, in the state "coming", after the modules it
// uses, and sets its parameters.
func (k *Kernel) add(c *call, m *module, info *modinfo.Info, needed []modinfo.Needed) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.place(m, info, needed)
	if err != nil {
		k.end(c, err)
	}
	return err
}

// place is add with the lock held.
func (k *Kernel) place(m *module, info *modinfo.Info, needed []modinfo.Needed) error {
	if old := k.byName[m.name]; old != nil {
		return k.await(old)
	}
	if slices.Contains(k.Builtin, m.name) {
		return syscall.EEXIST
	}
	// The exports of a module that is still coming can be used once it is live;
	// the kernel waits for that.
	for k.needsComing(needed) {
		k.wait()
	}
	uses, err := k.resolve(m.name, info, needed)
	if err != nil {
		return err
	}
	if old := k.byName[m.name]; old != nil {
		return k.await(old)
	}
	for _, symbol := range m.exports {
		if owner := k.owners[symbol]; owner != nil {
			k.printf("%s: exports duplicate symbol %s (owned by %s)", m.name, symbol, owner.name)
			return syscall.ENOEXEC
		}
	}
	if err := k.setParameters(m); err != nil {
		return err
	}
	m.uses = uses
	k.enter(m)
	return nil
}

// await waits until another insert of a module has ended, and answers as the
// kernel does: EEXIST if it succeeded, EBUSY if it failed.
func (k *Kernel) await(old *module) error {
	for old.state == live.StateComing {
		k.wait()
	}
	if old.state == live.StateLive {
		return syscall.EEXIST
	}
	return syscall.EBUSY
}

// needsComing reports whether a symbol is exported by a module that is coming.
func (k *Kernel) needsComing(needed []modinfo.Needed) bool {
	return slices.ContainsFunc(needed, func(n modinfo.Needed) bool {
		owner := k.owners[strings.TrimPrefix(n.Name, ".")]
		return owner != nil && owner.state == live.StateComing
	})
}

// resolve finds the modules whose symbols are needed.
func (k *Kernel) resolve(name string, info *modinfo.Info, needed []modinfo.Needed) ([]*module, error) {
	var uses []*module
	var err error
	for _, n := range needed {
		symbol := strings.TrimPrefix(n.Name, ".")
		owner := k.owners[symbol]
		live := owner != nil && owner.state == live.StateLive
		switch {
		case live && !slices.Contains(uses, owner):
			uses = append(uses, owner)
		case !live && k.Symbols != nil && !n.Weak && !k.has(symbol):
			err = k.unknownSymbol(name, symbol)
		}
	}
	if k.Symbols != nil {
		return uses, err
	}
	for _, dep := range info.Depends() {
		dep = strings.ReplaceAll(dep, "-", "_")
		if m := k.byName[dep]; (m == nil || m.state != live.StateLive) && !slices.Contains(k.Builtin, dep) {
			other := Module{Name: dep}
			err = k.unknownSymbol(name, other.symbol())
		}
	}
	return uses, err
}

// unknownSymbol is the answer to a module that needs a symbol that nothing
// exports.
func (k *Kernel) unknownSymbol(module, symbol string) error {
	k.printf("%s: Unknown symbol %s (err -2)", module, symbol)
	return syscall.ENOENT
}

// has reports whether the kernel image has a symbol. module_layout and
// __this_module stand for the kernel itself.
func (k *Kernel) has(symbol string) bool {
	return symbol == "module_layout" || symbol == "__this_module" || slices.Contains(k.Symbols, symbol)
}

// run is the init function of a module.
func (k *Kernel) run(m *module) error {
	k.pass(m.name)
	if k.Delay != nil {
		time.Sleep(k.Delay(m.name))
	}
	if k.OnInit != nil {
		return k.OnInit(m.name, m.params)
	}
	return nil
}

// finish makes a module live after its init function, or removes it.
func (k *Kernel) finish(c *call, m *module, err error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		err = k.verdict(m.name)
	}
	k.end(c, err)
	if err != nil {
		m.state = live.StateGoing
		k.drop(m)
		return err
	}
	m.state = live.StateLive
	k.sendModule(uevent.Add, m)
	k.wake()
	return nil
}
