package modconf

import "io/fs"

// Limits of what is read, so that a hostile tree cannot exhaust the memory.
const (
	// MaxSize is how many bytes all files together may have. Files that do not
	// fit in are left out, each with a warning.
	MaxSize = 16 << 20

	// MaxFiles is how many names of a folder are looked at.
	MaxFiles = 1 << 16

	// MaxWarnings is how many warnings are kept.
	MaxWarnings = 1000
)

// File is a configuration file in memory.
type File struct {
	Name string // as shown to people; what follows the last '/' takes part in hiding and order
	Text string
}

// Sources says what is read.
type Sources struct {
	// FS has the folders and files. nil means that there are none.
	FS fs.FS

	// Prefix goes before the names in FS to make those that people see: "/"
	// for the root of the machine.
	Prefix string

	// Dirs are folders, or single files of any name, in FS, that of the highest
	// precedence first. Those that do not exist are passed over.
	Dirs []string

	// Files take part as if they lay in a folder above all others.
	Files []File

	// ModuleDir is the folder in ModuleFS whose modules.softdep and
	// modules.weakdep take part. "" means none.
	ModuleDir string

	// ModuleFS has the ModuleDir, and ModulePrefix goes before the names in it.
	// nil means FS and Prefix.
	ModuleFS     fs.FS
	ModulePrefix string

	// Cmdline is the kernel command line, and CmdlineName how it is shown. ""
	// means "/proc/cmdline".
	Cmdline     string
	CmdlineName string
}

// StandardDirs returns the folders of modprobe.d(5), that of the highest
// precedence first, as names in a file system.
func StandardDirs() []string {
	return []string{"etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d",
		"usr/lib/modprobe.d", "lib/modprobe.d"}
}
