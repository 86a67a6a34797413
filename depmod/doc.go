// Package depmod makes the index files of a kernel's module directory, as
// depmod(8) does: which module needs which, what aliases and symbols each
// answers to. Package kmod, modprobe and udev read them.
//
// [Scan] reads a tree of modules into an [Index] in memory, with a [Report] of
// what is odd about it; [Index.Write] writes the files beside the modules, and
// [Index.WriteTo] below another root.
//
//	index, err := depmod.Scan(ctx, nil) // the running kernel's modules
//	…
//	err = index.Write(nil)
//
// The tree may be a directory of this machine, one below another root, or any
// [fs.FS]. The files are the same bytes that kmod 34 writes, whatever the order
// in which the file system lists folders, the clock, the locale, the number of
// processors and the compression of the modules; only modules.symbols, whose
// order is an accident there, is sorted.
//
// [UpToDate] tells without reading modules whether there is anything to do.
//
// # What is wrong with a tree
//
// The Report lists it; Config.Strict makes an error of it. A module that cannot
// be read, whose name the index files have no room for, or whose file is no
// module, is left out, as are aliases and symbols that no index can hold;
// depmod(8) lists the former without symbols, and the latter in the text files.
//
// Scan fails, so that no index takes the place of a good one, where there are
// modules and none of them can be read (a [NoModulesError]), and where the machine
// is at fault and not the file: the descriptors or the memory are used up, or the
// disk fails. It has at most some fifty files open, on however many processors.
//
// Whether symbols exist is known only with Config.Kernel. With versions of the
// kernel, as in Module.symvers, all symbols have to have the version that they
// are needed in, and none counts as 0; without, those are compared that both
// the module and the exporter state. Weak symbols may be absent and differ. A
// module whose versions cannot be read is indexed by its symbol table, and its
// versions are not compared.
//
// # Cache
//
// With Config.Cache a scan keeps what it read of each module in a file, and the
// next scan reads only modules whose path, size, inode or times have changed
// since. The result is the same as without. A module is kept only when its times
// can tell of any later change: not when it changed right before the scan, when
// it changed while it was read, when its symbol versions cannot be read, and not
// in an fs.FS or an image that knows no inodes or no times of change. Any number
// of scans may share the file; for several trees it is of use to the last one
// only.
//
// # Trust
//
// Links are resolved as if Config.Root were "/". With Config.HostLinks they may lead
// out of it, and Report.HostFiles has what was read there. Writing never leaves the
// root, nor the directory that was scanned.
//
// A tree may be hostile or damaged. A module that cannot be read is reported and
// left out, the rest is indexed. The Report lists the first [MaxFindings] findings of
// a kind and counts the others.
//
// Memory is bounded whatever the tree holds: in a program that sets a memory limit
// (debug.SetMemoryLimit) as depmod(8) of the examples does, by 400 MB and twice the
// size of the largest module, unpacked. To that end a module is left out that has more
// than 16 MiB or 1,048,576 entries in .modinfo, as package modinfo has it, or states
// more than any may; so is a file of the kernel's build beyond 16 MiB or 1,048,576
// entries. Equal values of a module are kept once. Where all modules together state
// too much, Scan returns [ErrBudget], and [Index.Files] does so where the index files
// would have more than [MaxFilesSize] bytes: each module lists all that it needs,
// directly or not, so that 20,000 modules that need each other in a row come to more.
package depmod
