// Package depmod makes the index files of a kernel's module directory, as
// depmod(8) does: which module needs which others, and which aliases and symbols
// it provides. Package kmod, modprobe and udev read them.
//
// [Scan] reads a tree of modules into an [Index] in memory, with a [Report] of
// its problems; [Index.Write] writes the files beside the modules:
//
//	index, err := depmod.Scan(ctx, nil) // the running kernel's modules
//	if err != nil {
//		return err
//	}
//	return index.Write(nil)
//
// The tree may be a directory of this machine, one below another root
// (Config.Root), or any [fs.FS]. The index files may also go below another root
// ([Index.WriteTo]) or stay in memory ([Index.Files], and [IndexFS] for package
// kmod). [UpToDate] tells, without reading modules, whether there is anything to do.
//
// The files have the same bytes as those of kmod 34, whatever the order in which
// the file system lists directories, the clock, the locale, the number of
// processors and the compression of the modules. Only modules.symbols, whose order
// is accidental in kmod, is sorted.
//
// # Problems in a tree
//
// The Report lists them, and Config.Strict turns them into an error. A module is left
// out when it cannot be read, when the index files cannot hold its name, or
// when its file is not a module; so are aliases and symbols that no index can hold.
// (depmod(8) lists such modules without symbols, and such aliases and symbols in the
// text files.)
//
// Scan fails, so that no index takes the place of a good one, when there are
// modules and none of them can be read (a [NoModulesError]), when modules need each
// other in a cycle (a [CycleError]), and when the machine is at fault and not a
// file: descriptors or memory are used up, or the disk fails. It has at most some
// fifty files open, on however many processors.
//
// Whether every symbol exists is known only with Config.Kernel. When that states
// versions, as Module.symvers does, every symbol has to have the version with which
// it is needed, and one without a version counts as 0. When it does not, versions
// are compared where both the module and the exporter state one. Weak symbols may be
// absent and may differ. A module whose versions cannot be read is indexed by its
// symbol table, and its versions are not compared.
//
// # Cache
//
// With Config.Cache a scan keeps what it read of each module in a file, and the
// next scan reads only modules whose path, size, inode or times have changed since.
// The result is the same as without a cache. A module is kept only when its times
// would tell of any later change: not when it changed right before or during the
// scan, not when its symbol versions cannot be read, and not in an fs.FS or an image
// that has no inodes or no times of change. Any number of scans may share the
// file, but it holds one tree only, that of the last scan.
//
// # Trust
//
// Links are resolved as if Config.Root were "/". With Config.HostLinks they may lead
// out of it, and Report.HostFiles lists what was read there. Writing never leaves
// the root, nor the directory that was scanned.
//
// A tree may be hostile or damaged. A module that cannot be read is reported and
// left out, and the rest is indexed. The Report lists the first [MaxFindings]
// findings of a kind and counts the others.
//
// Memory is bounded whatever the tree holds: in a program that sets a memory limit
// (debug.SetMemoryLimit), as depmod(8) of the examples does, by 400 MB and twice the
// unpacked size of the largest module. For that reason a module is left out that
// has more than 16 MiB or 1,048,576 entries in .modinfo, as in package modinfo, or
// that states more than any module may; so is a file of the kernel's build with more
// than 16 MiB or 1,048,576 entries. Equal values of a module are kept once. When all
// modules together state too much, Scan returns [ErrBudget], and so does
// [Index.Files] when the index files would have more than [MaxFilesSize] bytes: each
// module lists all that it needs, directly or not, so that a chain of 20,000 modules,
// each of which needs the next one, is too much.
package depmod
