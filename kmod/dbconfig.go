package kmod

import "io/fs"

// Config says where a [DB] finds its files. The zero value, or nil, means the
// running kernel of this machine.
type Config struct {
	// Root is the directory that stands for "/". "" means "/". Paths and
	// symbolic links cannot lead out of it; in a container with the host's
	// files at /host, Root is "/host".
	Root string

	// HostLinks follows symbolic links out of Root and ConfigRoot: a link that is
	// absolute or climbs above the root, and that has no target below it, leads to
	// the file of the machine that it would mean without a root, as with the option
	// "-d" of modprobe(8). So does one whose target below Root is the link itself,
	// or a directory that holds it. It is for farms of links to the machine's own
	// modules; files are only read. Leave it off for trees that you do not trust, whose
	// links could name any file of the machine.
	HostLinks bool

	// FS, if not nil, replaces Root: a file system whose top is the root, such as
	// an unpacked image.
	FS fs.FS

	// Release is the kernel release, the name of the directory in lib/modules. ""
	// means the last element of ModuleDir, or if that is empty too, the release of
	// the running kernel (uname -r).
	Release string

	// ModuleDir is the directory that holds the modules and their indexes,
	// below Root. "" means lib/modules/RELEASE, or usr/lib/modules/RELEASE
	// where only that exists.
	ModuleDir string

	// Indexes, if not nil, has the files that depmod makes, at its top, instead
	// of ModuleDir: an index in memory (package depmod), or another directory.
	Indexes fs.FS

	// AllowExternal accepts absolute paths in modules.dep, which depmod writes
	// for modules in "external" directories (depmod.d(5)). They count as paths below
	// Root. Without it such an entry is an error that wraps ErrPath.
	AllowExternal bool

	// ConfigRoot is the directory of this machine that stands for "/" where
	// configuration is concerned. "" means Root, or FS.
	ConfigRoot string

	// ConfigDirs are the directories with configuration as modprobe.d(5) describes
	// it, or single files, below ConfigRoot; the first takes precedence. An empty
	// list or /dev/null means that there is none, nil the standard ones:
	// etc/modprobe.d, run/modprobe.d, usr/local/lib/modprobe.d, usr/lib/modprobe.d, lib/modprobe.d.
	ConfigDirs []string

	// ConfigFiles is configuration in memory. It counts as if its files lay in a
	// directory that takes precedence over all others.
	ConfigFiles []ConfigFile

	// NoConfig leaves out ConfigDirs, modules-load.d(5) and the kernel command line.
	// ConfigFiles still count, and so does what modules say about themselves
	// (modules.softdep, modules.weakdep).
	NoConfig bool

	// Cmdline is the kernel command line, whose words "module.param=value",
	// "modprobe.blacklist=names" and "modules_load=names" are configuration too. "" means the file
	// proc/cmdline below ConfigRoot, if there is one; in a container with the host's
	// files at /host, where /host/proc is empty, set it to the content of
	// /proc/cmdline.
	Cmdline string

	// NoCmdline leaves out the kernel command line.
	NoCmdline bool

	// Initramfs: the modules that are listed for an initramfs (rd.modules_load= of the
	// kernel command line) count too in [ReadModulesLoad] and [Loader.LoadListed]. They
	// do in any case if there is a file etc/initrd-release below ConfigRoot.
	Initramfs bool

	// MaxModuleSize limits the uncompressed size of a compressed module in
	// bytes, and the memory that unpacking takes, as MaxSize of modinfo.Config
	// says. 0 means modinfo.DefaultMaxSize.
	MaxModuleSize int64
}

// ConfigFile is a file of configuration in memory.
type ConfigFile struct {
	// Name is the file's name, such as "50-net.conf". It decides the order in
	// which files are read, and hides files of the same name in ConfigDirs.
	Name string

	// Text is the content, lines as in modprobe.d(5).
	Text string
}
