package modconf

import "io/fs"

// Limits, so that a hostile tree cannot exhaust the memory.
const (
	// MaxSize is the largest size of all files together in bytes. Files beyond
	// it are left out, each with a warning.
	MaxSize = 16 << 20

	// MaxFiles is the largest number of names read from a directory.
	MaxFiles = 1 << 16

	// MaxWarnings is the largest number of warnings kept.
	MaxWarnings = 1000
)

// File is a configuration file in memory.
type File struct {
	Name string // as in messages; the part after the last '/' decides hiding and order
	Text string
}

// Sources says what to read.
type Sources struct {
	// FS has the directories and files. nil means that there are none.
	FS fs.FS

	// Prefix is put before names in FS to get the names in messages: "/" for
	// the root of the machine.
	Prefix string

	// Dirs are directories, or single files of any name, in FS, highest
	// precedence first. Those that do not exist are skipped.
	Dirs []string

	// Files count as if they were in a directory with precedence over all
	// others.
	Files []File

	// ModuleDir is the directory in ModuleFS whose modules.softdep and
	// modules.weakdep are read. "" means none.
	ModuleDir string

	// ModuleFS has the ModuleDir, and ModulePrefix is put before its names in
	// messages. nil means FS and Prefix.
	ModuleFS     fs.FS
	ModulePrefix string

	// Cmdline is the kernel command line, and CmdlineName its name in messages.
	// "" means "/proc/cmdline".
	Cmdline     string
	CmdlineName string
}

// StandardDirs returns the directories of modprobe.d(5), highest precedence
// first, as names in a file system.
func StandardDirs() []string {
	return []string{"etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d",
		"usr/lib/modprobe.d", "lib/modprobe.d"}
}
