package kernfs

import (
	"io/fs"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/modparam"
)

// NoModules reports whether the kernel has no module support: it lists no modules, though
// /proc is there, and not for processes only.
func NoModules(proc fs.FS) bool {
	return !Exists(proc, "modules") && Exists(proc, "sys/kernel/osrelease")
}

// ModulesDisabled reports whether the kernel refuses to load and unload modules
// until the next boot, sysctl kernel.modules_disabled.
func ModulesDisabled(proc fs.FS) bool {
	word, err := Read(proc, "sys/kernel/modules_disabled")
	return err == nil && word == "1"
}

// capSysModule is the number of CAP_SYS_MODULE in capability sets.
const capSysModule = 16

// Capable reports whether the process has CAP_SYS_MODULE, according to the line
// CapEff in /proc/self/status.
func Capable(proc fs.FS) (capable, known bool) {
	status, err := Read(proc, "self/status")
	if err != nil {
		return false, false
	}
	_, rest, ok := strings.Cut(status, "\nCapEff:")
	if !ok {
		return false, false
	}
	word, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	set, err := strconv.ParseUint(word, 16, 64)
	return set&(1<<capSysModule) != 0, err == nil
}

// Locked reports whether the kernel is locked down, kernel_lockdown(7): the file
// marks the current level.
func Locked(sys fs.FS) bool {
	levels, err := Read(sys, "kernel/security/lockdown")
	return err == nil && levels != "" && !strings.Contains(levels, "[none]")
}

// Blacklist returns the modules that the kernel itself refuses, according to
// module_blacklist= on its command line.
func Blacklist(proc fs.FS) []string {
	line, err := Read(proc, "cmdline")
	if err != nil {
		return nil
	}
	return modparam.Blacklist(line)
}
