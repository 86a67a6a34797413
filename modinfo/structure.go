package modinfo

// StructSize is the size in bytes of the kernel's struct module that the module
// was built with, by its section .gnu.linkonce.this_module; 0 when it has none.
// Newer kernels take only modules whose size is their own.
func (f *File) StructSize() uint64 {
	s := f.elf.Section(".gnu.linkonce.this_module")
	if s == nil {
		return 0
	}
	return s.Size
}

// HasSymbols reports whether the module has a symbol table. Without one, as
// strip(1) leaves it unless told otherwise, no kernel takes it.
func (f *File) HasSymbols() bool { return f.elf.HasSymbols() }
