package kmod

import "io/fs"

// Config says where a [DB] finds its files. The zero value, or nil, means the
// running kernel of this machine.
type Config struct {
	// Root is the directory that stands for "/". "" means "/". Paths and
	// symbolic links cannot lead out of it; in a container with the host's
	// files at /host, Root is "/host".
	Root string

	// FS takes the place of Root when it is not nil: a file system whose top
	// is the root, such as an unpacked image.
	FS fs.FS

	// Release is the kernel release, the name of the directory under
	// lib/modules. "" means the last element of ModuleDir, and without that
	// the release of the running kernel (uname -r).
	Release string

	// ModuleDir is the directory that holds the modules and their indexes,
	// below Root. "" means lib/modules/RELEASE, or usr/lib/modules/RELEASE
	// where only that exists.
	ModuleDir string

	// AllowExternal accepts absolute paths in modules.dep, which depmod writes
	// for modules in "external" folders (depmod.d(5)). They are taken as below
	// Root. Without it such an entry is an error that wraps ErrPath.
	AllowExternal bool

	// MaxModuleSize limits the uncompressed size of a compressed module in
	// bytes. 0 means modinfo.DefaultMaxSize.
	MaxModuleSize int64
}
