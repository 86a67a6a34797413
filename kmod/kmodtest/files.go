package kmodtest

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/kmod/live"
)

// Proc implements live.Kernel: the files of /proc that tell of modules. Each
// tells the state at the moment when it is opened.
func (k *Kernel) Proc() fs.FS {
	top := map[string]*node{
		"modules": file(k.procModules),
		"cmdline": word(k.Cmdline),
		"sys": folder(map[string]*node{"kernel": folder(map[string]*node{
			"osrelease":        file(func() string { return k.Release + "\n" }),
			"modules_disabled": file(func() string { return bit(k.ModulesDisabled) + "\n" }),
		})}),
		"self": folder(map[string]*node{"status": file(k.procStatus)}),
	}
	if k.Symbols != nil {
		top["kallsyms"] = file(k.procKallsyms)
	}
	return filesystem{lock: &k.mu, root: folder(top)}
}

// procKallsyms lists what the kernel and the modules in it export, as
// /proc/kallsyms shows it to a process without privileges.
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

// Sys implements live.Kernel: the files of /sys that tell of modules. Each
// tells the state at the moment when it is opened. There are no sections.
func (k *Kernel) Sys() fs.FS {
	top := map[string]*node{"module": {names: k.sysModules, child: k.sysModule}, "devices": k.sysDevices()}
	if k.Lockdown != "" {
		top["kernel"] = folder(map[string]*node{"security": folder(map[string]*node{
			"lockdown": file(func() string { return lockdownFile(k.Lockdown) }),
		})})
	}
	return filesystem{lock: &k.mu, root: folder(top), size: 4096}
}

// sysModules are the names in /sys/module.
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

// sysModule is one file or folder of /sys/module.
func (k *Kernel) sysModule(name string) *node {
	switch m := k.byName[name]; {
	case m != nil:
		return m.folder()
	case name == "compression" && k.Compression != "":
		return word(k.Compression)
	case name == "module" && k.SigEnforce:
		return folder(map[string]*node{"parameters": folder(map[string]*node{"sig_enforce": word("Y")})})
	case slices.Contains(k.Builtin, name):
		return folder(nil)
	}
	return nil
}

// folder is /sys/module/NAME.
func (m *module) folder() *node {
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
	if len(m.parameters) > 0 {
		parameters := map[string]*node{}
		for _, p := range m.parameters {
			parameters[p.name] = &node{text: func() string { return p.value + "\n" }, perm: 0o644}
		}
		children["parameters"] = folder(parameters)
	}
	return folder(children)
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
		return folder(nil)
	}
	return nil
}

// initSize is what the module takes besides its size for the time of its init
// function.
func (m *module) initSize() int {
	if m.state == live.StateComing {
		return 4096
	}
	return 0
}

// refcount is as the kernel shows it: init holds the module too, and one that
// is going has no count any more.
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

// lockdownFile marks the level that is in force with brackets.
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

// procModules lists the modules as /proc/modules does, the newest first.
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
