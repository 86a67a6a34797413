package depmod

import (
	"io/fs"
	"runtime"

	"github.com/gokmod/gokmod/internal/modfile"
)

// Config says what to scan. The zero value, or nil, means the modules of the
// running kernel.
type Config struct {
	// Root is the directory that stands for "/". "" means "/".
	Root string

	// HostLinks follows symbolic links out of Root, for reading only: a link that is
	// absolute or climbs over the root, and has no target below it, leads to the
	// machine's file that it would name without a root, as with the option "-b" of
	// depmod(8). So does a link whose target below Root is the link itself, or a
	// directory that contains it. It is for farms of links to the machine's own
	// modules. Leave it off for untrusted trees, whose links could name any file of
	// the machine: then links cannot lead out.
	HostLinks bool

	// FS replaces Root if it is not nil: a file system whose top is the root,
	// such as an unpacked image.
	FS fs.FS

	// Release is the kernel release, the name of the directory under
	// lib/modules. "" means the last element of ModuleDir, or the release of
	// the running kernel if that is empty too.
	Release string

	// ModuleDir is the directory with the modules, below Root. "" means
	// lib/modules/RELEASE, or usr/lib/modules/RELEASE if only that exists.
	ModuleDir string

	// ConfigRoot is the directory that stands for "/" for configuration. ""
	// means Root, or FS.
	ConfigRoot string

	// ConfigDirs are the directories with configuration as depmod.d(5) describes it,
	// or single files, below ConfigRoot; the first takes precedence. An empty list
	// or /dev/null means that there is none, nil the standard ones:
	// etc/depmod.d, run/depmod.d, usr/local/lib/depmod.d, usr/lib/depmod.d,
	// lib/depmod.d.
	ConfigDirs []string

	// ConfigFiles is configuration in memory. Its files count as if they were
	// in a directory with precedence over all others.
	ConfigFiles []ConfigFile

	// NoConfig ignores ConfigDirs.
	NoConfig bool

	// Files, if not nil, are the only modules to index, instead of those in the
	// module directory and external directories: files below Root. Of two with one
	// module name, the first counts.
	Files []string

	// SymbolPrefix is a character that some machines put in front of symbols and
	// that is dropped, as with "depmod -P". 0 means none.
	SymbolPrefix byte

	// Strict turns the contents of the report into an error, a [ReportError]. Only
	// replaced files and ignored lines of configuration are not errors.
	Strict bool

	// Kernel is what the kernel exports to modules. With it, symbols that nothing
	// exports are reported. nil means not known.
	Kernel *KernelSymbols

	// Parallel is how many modules are read at the same time, at most 16. 0 means
	// one for each CPU that the process may use.
	Parallel int

	// MaxBytes bounds the memory for the contents of modules while they are
	// read, in bytes, unpacked ones included. A larger module is read alone. 0
	// means 64 MiB.
	MaxBytes int64

	// MaxModuleSize limits the uncompressed size of a module in bytes; a larger
	// one is reported and left out. 0 means modinfo.DefaultMaxSize.
	MaxModuleSize int64

	// Cache is a file of this machine, not below Root, in which a scan keeps what it read,
	// so that the next one reads only the modules that changed. Whoever can write to the
	// file can influence the index. A file that is damaged, or is not a cache at all, is
	// replaced; failing to read or write it is not an error. "" means none; with Files the
	// cache is not used. The package documentation says when a module counts as unchanged.
	Cache string

	// Progress, if not nil, is called now and then with the number of modules
	// read so far and the total, from one goroutine at a time.
	Progress func(done, total int)
}

// ConfigFile is a file of configuration in memory.
type ConfigFile struct {
	// Name decides the order in which files are read, and hides files of the
	// same name in ConfigDirs.
	Name string

	// Text is the content, lines as in depmod.d(5).
	Text string
}

const defaultMaxBytes = 64 << 20

func (c *Config) parallel() int {
	if c.Parallel <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return c.Parallel
}

func (c *Config) maxModuleSize() int64 { return modfile.Limit(c.MaxModuleSize) }

func (c *Config) maxBytes() int64 {
	if c.MaxBytes <= 0 {
		return defaultMaxBytes
	}
	return c.MaxBytes
}
