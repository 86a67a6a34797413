package kmodtest

import (
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod"
)

// Proc implements kmod.Kernel: the files of /proc that tell of modules, as they
// are at the moment of the call.
func (k *Kernel) Proc() fs.FS {
	k.mu.Lock()
	defer k.mu.Unlock()
	files := fstest.MapFS{}
	put(files, "modules", k.procModules())
	put(files, "sys/kernel/osrelease", k.Release+"\n")
	put(files, "sys/kernel/modules_disabled", bit(k.ModulesDisabled)+"\n")
	caps := "000001ffffffffff"
	if k.NoCapability {
		caps = "0000000000000000"
	}
	put(files, "self/status", "Name:\ttest\nCapInh:\t0000000000000000\nCapEff:\t"+caps+"\n")
	return files
}

// Sys implements kmod.Kernel: the files of /sys that tell of modules, as they
// are at the moment of the call.
func (k *Kernel) Sys() fs.FS {
	k.mu.Lock()
	defer k.mu.Unlock()
	files := fstest.MapFS{"module": {Mode: fs.ModeDir | 0o755}}
	if k.Compression != "" {
		put(files, "module/compression", k.Compression+"\n")
	}
	if k.Lockdown != "" {
		put(files, "kernel/security/lockdown", lockdownFile(k.Lockdown))
	}
	for _, name := range k.Builtin {
		files["module/"+name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
	}
	for _, m := range k.modules {
		dir := "module/" + m.name + "/"
		put(files, dir+"initstate", m.state.String()+"\n")
		put(files, dir+"refcnt", fmt.Sprintln(m.refcount()))
		put(files, dir+"coresize", fmt.Sprintln(m.size))
		put(files, dir+"taint", m.taint+"\n")
		for _, user := range m.users {
			files[dir+"holders/"+user.name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		}
	}
	return files
}

func put(files fstest.MapFS, name, text string) {
	files[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o444}
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

// procModules lists the modules as /proc/modules does, the newest first.
func (k *Kernel) procModules() string {
	var b strings.Builder
	for i := len(k.modules) - 1; i >= 0; i-- {
		m := k.modules[i]
		holders := "-"
		if len(m.users) > 0 {
			holders = ""
			for _, user := range m.users {
				holders += user.name + ","
			}
		}
		fmt.Fprintf(&b, "%s %d %d %s %s 0x0000000000000000", m.name, m.size, m.refcount(), holders, procState(m.state))
		if m.taint != "" {
			fmt.Fprintf(&b, " (%s)", m.taint)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (m *module) refcount() int { return m.held + len(m.users) }

// procState is the word for a state in /proc/modules.
func procState(s kmod.Initstate) string {
	switch s {
	case kmod.StateComing:
		return "Loading"
	case kmod.StateGoing:
		return "Unloading"
	}
	return "Live"
}
