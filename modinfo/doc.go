// Package modinfo reads Linux kernel module files: what a module says about
// itself (license, aliases, parameters, dependencies, …), the symbols it
// exports and needs with their versions, its build id and its signature.
//
// It reads modules of every architecture, plain or compressed (gzip, xz, zstd,
// lz4; recognized by content, not by name), from a path, an [io.ReaderAt] or an
// [fs.FS], on every operating system:
//
//	info, err := modinfo.ReadFile("/lib/modules/6.1.0/kernel/fs/xfs/xfs.ko")
//	if err != nil {
//		return err
//	}
//	fmt.Println(info.License(), info.Vermagic(), info.Depends())
//
// [ReadFile], [Read] and [ReadFS] return an [Info]: the contents of the .modinfo
// section, the build id and the signature. [Open] returns a [File], which also has
// the symbols: [File.Exports], [File.Needed] and [File.Versions] read them when they
// are called. [Builtins] reads what built-in modules say about themselves.
// [Info.Devices] sorts out what a module serves; [CharAlias], [FilesystemAlias] and
// the like make the aliases by which the kernel asks for such things. Package modsig
// verifies signatures, which this package only shows.
//
// [OpenKernel] reads a kernel image, such as /boot/vmlinuz-6.1.0: the release, the
// vermagic, and what the kernel exports to modules.
//
// Module files and kernel images are untrusted. For a file that is truncated, damaged
// or not a module the error wraps [ErrFormat], for what is not a kernel image
// [ErrKernelImage], and for one that decompresses to more than the limit
// [ErrTooLarge].
//
// The formats are described by the kernel's documentation (kbuild/modules,
// admin-guide/module-signing) and modinfo(8).
package modinfo
