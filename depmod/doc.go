// Package depmod makes the index files of a kernel's module directory, as
// depmod(8) does: which module needs which, what aliases and symbols each
// answers to. Package kmod, modprobe and udev read them.
//
// [Scan] reads a tree of modules into an [Index] in memory, with a [Report] of
// what is odd about it; [Index.Write] writes the files.
//
//	index, err := depmod.Scan(ctx, nil) // the running kernel's modules
//	…
//	err = index.Write(index.Dir(), nil)
//
// The tree may be a directory of this machine, one below another root, or any
// [fs.FS]. The files are the same bytes that kmod 34 writes, whatever the order
// in which the file system lists folders, the clock, the locale, the number of
// processors and the compression of the modules; only modules.symbols, whose
// order is an accident there, is sorted.
//
// # Trust
//
// A tree may be hostile or damaged. A module that cannot be read is reported and
// left out, the rest is indexed. Memory is bounded by the size of what is
// written and Config.MaxBytes.
package depmod
