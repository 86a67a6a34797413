package dbtest

import (
	"io/fs"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// ListingKernel is a kernel whose /proc/kallsyms says what the test wants; that
// of "none" has no such file.
type ListingKernel struct {
	*kmodtest.Kernel
	Kallsyms string
}

func (k *ListingKernel) Proc() fs.FS { return listingFS{k.Kernel.Proc(), k.Kallsyms} }

type listingFS struct {
	fs.FS
	kallsyms string
}

func (f listingFS) Open(name string) (fs.File, error) {
	switch {
	case name != "kallsyms":
		return f.FS.Open(name)
	case f.kallsyms == "none":
		return nil, fs.ErrNotExist
	}
	return fstest.MapFS{name: &fstest.MapFile{Data: []byte(f.kallsyms)}}.Open(name)
}

// Lists as kernels have them: with all symbols, those exported and others; with
// functions only, as without KALLSYMS_ALL; both without privileges.
const (
	ListAll = "0000000000000000 A fixed_percpu_data\n0000000000000000 T printk\n0000000000000000 r __ksymtab_printk\n" +
		"0000000000000000 r __ksymtab_jiffies\n0000000000000000 D jiffies\n"
	ListNoTable   = "ffffffff81000000 T printk\nffffffff82000000 D jiffies\n"
	ListFunctions = "c0100000 T _stext\nc0100000 T printk\nc0100010 t nobody_else\nc0100020 W weak_one\n"
)
