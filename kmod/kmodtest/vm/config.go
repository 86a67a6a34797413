package vm

import (
	"io/fs"
	"time"
)

// Config says what to put into a guest and how to run it. The zero value
// boots the running program without arguments, files or modules.
type Config struct {
	// Program is the host path of the program to run, a Linux binary that
	// calls [Start] or [Main]. Empty means the running executable.
	Program string
	// Args are the program's arguments. [RunGuestTests] puts its own test
	// flags before them, so that a flag given here wins.
	Args []string
	// Env holds further KEY=VALUE settings for the program. PATH, HOME and
	// TMPDIR are always set; nothing is inherited from the host.
	Env []string

	// Files are put into the guest's root file system.
	Files []File
	// Modules names kernel modules to put under /lib/modules/RELEASE, with
	// their hard dependencies. A built-in name adds nothing; one that the
	// kernel does not have is an error, see [Kernel.Having].
	Modules []string
	// ModuleDirs adds all modules below these directories of the module
	// directory, for example kernel/drivers/net, with their hard dependencies.
	// A single dot means every module.
	ModuleDirs []string

	// Cmdline is added to the kernel command line.
	Cmdline []string
	// QEMUArgs is added to QEMU's arguments. By default there are only the
	// machine's own devices, two serial ports and the disk controller.
	QEMUArgs []string
	// Monitor, if not nil, is called in a goroutine of its own once QEMU has
	// started, to change the machine while it runs. When the guest ends, its
	// calls fail; an error that it returns ends the guest and becomes the run's
	// error.
	Monitor func(*Monitor) error
	// Memory is the guest's memory in MiB, 0 means 1024.
	Memory int
	// CPUs is the number of processors, 0 means 2.
	CPUs int
	// Timeout bounds the run from the start of QEMU, 0 means two minutes.
	Timeout time.Duration

	// AllowSkip lists guest tests, by full name, that may skip. Any other
	// skip in the guest fails the host's test. Used by [RunGuestTests] only.
	AllowSkip []string
}

// File is one file of the guest's root file system.
type File struct {
	// Guest is the absolute path in the guest; directories above it are made.
	Guest string
	// Host is the file to copy. An executable brings the shared libraries
	// that it needs. When empty, Data is the content.
	Host string
	// Data is the content when Host is empty.
	Data []byte
	// Mode holds the permission bits, 0 means those of Host, or 0644.
	Mode fs.FileMode
}

// Defaults of a Config.
const (
	defaultMemory  = 1024
	defaultCPUs    = 2
	defaultTimeout = 2 * time.Minute
)

// withDefaults returns a copy of the configuration in which no number is zero.
func (c *Config) withDefaults() Config {
	var out Config
	if c != nil {
		out = *c
	}
	if out.Memory == 0 {
		out.Memory = defaultMemory
	}
	if out.CPUs == 0 {
		out.CPUs = defaultCPUs
	}
	if out.Timeout == 0 {
		out.Timeout = defaultTimeout
	}
	return out
}
