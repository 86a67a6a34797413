package kmodtest

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/kmod/live"
)

// Proc implements live.Kernel: the files of /proc about modules. Each has the
// state of the moment when it is opened.
func (k *Kernel) Proc() fs.FS {
	top := map[string]*node{
		"modules": file(k.procModules),
		"cmdline": word(k.Cmdline),
		"sys": dir(map[string]*node{"kernel": dir(map[string]*node{
			"osrelease":        file(func() string { return k.Release + "\n" }),
			"modules_disabled": file(func() string { return bit(k.ModulesDisabled) + "\n" }),
		})}),
		"self": dir(map[string]*node{"status": file(k.procStatus)}),
	}
	if k.Symbols != nil {
		top["kallsyms"] = file(k.procKallsyms)
	}
	return filesystem{lock: &k.mu, root: dir(top)}
}

// procKallsyms lists the exports of the kernel and its modules, as
// /proc/kallsyms shows them to an unprivileged process.
func (k *Kernel) procKallsyms() string {
	var b strings.Builder
	for _, symbol := range append([]string{"module_layout"}, k.Symbols...) {
		b.WriteString("0000000000000000 r __ksymtab_" + symbol + "\n")
	}
	for _, m := range k.modules {
		for _, symbol := range m.exports {
			b.WriteString("0000000000000000 t " + symbol + "\t[" + m.name + "]\n")
		}
	}
	return b.String()
}

// Sys implements live.Kernel: the files of /sys about modules. Each has the
// state of the moment when it is opened. There are no sections.
func (k *Kernel) Sys() fs.FS {
	top := map[string]*node{"module": {names: k.sysModules, child: k.sysModule}, "devices": k.sysDevices()}
	if k.Lockdown != "" {
		top["kernel"] = dir(map[string]*node{"security": dir(map[string]*node{
			"lockdown": file(func() string { return lockdownFile(k.Lockdown) }),
		})})
	}
	return filesystem{lock: &k.mu, root: dir(top), size: 4096}
}

// sysModules returns the names in /sys/module.
func (k *Kernel) sysModules() []string {
	names := slices.Clone(k.Builtin)
	if k.Compression != "" {
		names = append(names, "compression")
	}
	if k.SigEnforce {
		names = append(names, "module")
	}
	for _, m := range k.modules {
		names = append(names, m.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sysModule is a file or directory of /sys/module.
func (k *Kernel) sysModule(name string) *node {
	switch m := k.byName[name]; {
	case m != nil:
		return k.moduleDir(m)
	case name == "compression" && k.Compression != "":
		return word(k.Compression)
	case name == "module" && k.SigEnforce:
		return dir(map[string]*node{"parameters": dir(map[string]*node{"sig_enforce": word("Y")})})
	case slices.Contains(k.Builtin, name):
		return dir(nil)
	}
	return nil
}

// moduleDir is /sys/module/NAME.
func (k *Kernel) moduleDir(m *module) *node {
	children := map[string]*node{
		"initstate": file(func() string { return m.state.String() + "\n" }),
		"refcnt":    file(func() string { return strconv.Itoa(m.refcount()) + "\n" }),
		"coresize":  word(strconv.Itoa(m.size)),
		"initsize":  file(func() string { return strconv.Itoa(m.initSize()) + "\n" }),
		"taint":     word(m.taint),
		"holders":   {names: m.holders, child: m.holder},
	}
	if m.srcversion != "" {
		children["srcversion"] = word(m.srcversion)
	}
	if m.version != "" {
		children["version"] = word(m.version)
	}
	if m.buildID != nil {
		children["notes"] = dir(map[string]*node{".note.gnu.build-id": file(func() string { return buildIDNote(m.buildID) })})
	}
	parameters := map[string]*node{}
	for _, p := range m.parameters {
		if mode := k.paramMode(m, p); mode != 0 {
			parameters[p.name] = &node{text: func() string { return p.value + "\n" }, perm: mode}
		}
	}
	if len(parameters) > 0 {
		children["parameters"] = dir(parameters)
	}
	return dir(children)
}

// buildIDNote is an ELF note of type 3 (NT_GNU_BUILD_ID), in the byte order of the
// machine.
func buildIDNote(id []byte) string {
	b := binary.NativeEndian.AppendUint32(nil, 4)
	b = binary.NativeEndian.AppendUint32(b, uint32(len(id)))
	b = binary.NativeEndian.AppendUint32(b, 3)
	return string(append(append(b, "GNU\x00"...), id...))
}

func (m *module) holders() []string {
	var names []string
	for _, user := range m.users {
		names = append(names, user.name)
	}
	return names
}

func (m *module) holder(name string) *node {
	if slices.Contains(m.holders(), name) {
		return dir(nil)
	}
	return nil
}

// initSize is what the module takes in addition to its size while its init
// function runs.
func (m *module) initSize() int {
	if m.state == live.StateComing {
		return 4096
	}
	return 0
}

// refcount is the count as the kernel shows it: init holds the module too, and
// a module that is going has no count any more.
func (m *module) refcount() int {
	switch m.state {
	case live.StateComing:
		return 1 + m.held + len(m.users)
	case live.StateGoing:
		return -1
	}
	return m.held + len(m.users)
}

func bit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// lockdownFile marks the current level with brackets.
func lockdownFile(level string) string {
	return strings.Replace("none integrity confidentiality\n", level, "["+level+"]", 1)
}

// procStatus is /proc/self/status.
func (k *Kernel) procStatus() string {
	caps := "000001ffffffffff"
	if k.NoCapability {
		caps = "0000000000000000"
	}
	return "Name:\ttest\nCapInh:\t0000000000000000\nCapEff:\t" + caps + "\n"
}

// procModules lists the modules as /proc/modules does, newest first.
func (k *Kernel) procModules() string {
	var b strings.Builder
	for _, m := range slices.Backward(k.modules) {
		holders := strings.Join(append(m.holders(), ""), ",")
		if k.permanent(m.name) {
			holders += "[permanent],"
		}
		if holders == "" {
			holders = "-"
		}
		fmt.Fprintf(&b, "%s %d %d %s %s 0x0000000000000000", m.name, m.size+m.initSize(), m.refcount(), holders, procState(m.state))
		if m.taint != "" {
			fmt.Fprintf(&b, " (%s)", m.taint)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// procState is the word for a state in /proc/modules.
func procState(s live.Initstate) string {
	switch s {
	case live.StateComing:
		return "Loading"
	case live.StateGoing:
		return "Unloading"
	}
	return "Live"
}
