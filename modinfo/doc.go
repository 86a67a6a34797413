// Package modinfo reads Linux kernel module files: what a module says of
// itself (license, aliases, parameters, dependencies, …), the symbols it
// exports and needs with their versions, its build id and its signature.
//
// It reads modules of every architecture, plain or compressed (gzip, xz, zstd,
// lz4; told apart by content, not by name), from a path, an [io.ReaderAt] or
// an [fs.FS], on every operating system:
//
//	info, err := modinfo.ReadFile("/lib/modules/6.1.0/kernel/fs/xfs/xfs.ko")
//	if err != nil {
//		return err
//	}
//	fmt.Println(info.License(), info.Vermagic(), info.Depends())
//
// [ReadFile], [Read] and [ReadFS] give an [Info], the contents of the .modinfo
// section with build id and signature. [Open] gives a [File], which answers
// more: [File.Exports], [File.Needed], [File.Versions], each read when asked
// for. [Builtins] reads the same facts of the drivers that are linked into the
// kernel. [Info.Devices] sorts out what a module serves, and [CharAlias],
// [FilesystemAlias] and their like make the names by which the kernel asks for
// such things. [NormalizeName], [NameFromPath] and [NormalizeAlias] give names in the
// form in which they are compared, and [Match] matches an alias against a pattern.
//
// Module files are not trusted. A truncated, mutated or foreign file is an
// error that wraps [ErrFormat], a file that decompresses to more than the
// limit one that wraps [ErrTooLarge].
//
// The formats are described by the kernel's documentation (kbuild/modules,
// admin-guide/module-signing) and modinfo(8).
package modinfo
