package live

import (
	"io/fs"
	"os"

	"github.com/gokmod/gokmod/internal/sys"
)

// Kernel is what a Loader of package kmod acts on: the three system calls for
// modules, and the files in which a kernel shows its state. [Host] is the running
// one; package kmodtest has one in memory. Implementations are safe for concurrent
// use. The calls fail with a syscall.Errno, as the kernel's do.
type Kernel interface {
	// FinitModule inserts the module in an open file; finit_module(2).
	FinitModule(file *os.File, params string, flags InsertFlags) error

	// InitModule inserts an uncompressed module from memory; init_module(2).
	// It does not keep the image.
	InitModule(image []byte, params string) error

	// DeleteModule removes a module by name; delete_module(2). It does not
	// wait for users of the module.
	DeleteModule(name string, flags RemoveFlags) error

	// Proc and Sys are the file systems that the kernel mounts at /proc and /sys.
	// Of the first, modules, kallsyms, cmdline, self/status and some files in
	// sys/kernel are read; of the second, module/*, kernel/security/lockdown and,
	// by Loader.Coldplug, devices.
	Proc() fs.FS
	Sys() fs.FS
}

// InsertFlags are options for inserting a module; the values are those of
// finit_module(2).
type InsertFlags uint

const (
	// IgnoreModversions inserts a module although its symbol versions differ
	// from the kernel's.
	IgnoreModversions InsertFlags = sys.IgnoreModversions

	// IgnoreVermagic inserts a module although its vermagic differs from the
	// kernel's.
	IgnoreVermagic InsertFlags = sys.IgnoreVermagic

	// CompressedFile tells the kernel to decompress the file itself. A Loader of
	// package kmod sets it by itself, and ignores it in the flags of its callers.
	CompressedFile InsertFlags = sys.CompressedFile

	// ForceInsert ignores both versions.
	ForceInsert = IgnoreModversions | IgnoreVermagic
)

// RemoveFlags are options for removing a module.
type RemoveFlags uint

const (
	// ForceRemove removes a module that is in use or has no exit function, in
	// kernels built with CONFIG_MODULE_FORCE_UNLOAD; dangerous.
	ForceRemove RemoveFlags = 1
)
