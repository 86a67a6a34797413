package modinfo

import (
	"bytes"

	"github.com/gokmod/gokmod/internal/modname"
)

// thisModule is the section that holds the module's struct module.
const thisModule = ".gnu.linkonce.this_module"

// StructSize is the size in bytes of the kernel's struct module that the module
// was built with, by its section .gnu.linkonce.this_module; 0 when it has none.
// Newer kernels take only modules whose size is their own.
func (f *File) StructSize() uint64 {
	s := f.elf.Section(thisModule)
	if s == nil {
		return 0
	}
	return s.Size
}

// HasSymbols reports whether the module has a symbol table. Without one, as
// strip(1) leaves it unless told otherwise, no kernel takes it.
func (f *File) HasSymbols() bool { return f.elf.HasSymbols() }

// ModuleName is the name that the kernel gives the module, which need not be
// that of its file: the one in its struct module, which the field "name" repeats
// since Linux 4.15. It is "" when the file does not say. Dashes are underscores.
func (f *File) ModuleName() (string, error) {
	name, err := f.moduleName()
	if err != nil {
		return "", f.wrap("read name", err)
	}
	return modname.Normalize(name), nil
}

// moduleName is ModuleName as it stands there. Where in the structure it is
// depends on the kernel: the rest is zero as a rule, so that it is the field's
// value if that is there, and else the first string.
func (f *File) moduleName() (string, error) {
	info, err := f.info()
	if err != nil {
		return "", err
	}
	field := info.Value("name")
	data, err := f.elf.NamedData(thisModule)
	if err != nil || field != "" && bytes.Contains(data, []byte("\x00"+field+"\x00")) {
		return field, err
	}
	if first, _, _ := bytes.Cut(bytes.TrimLeft(data, "\x00"), []byte{0}); len(first) > 0 {
		return string(first), nil
	}
	return field, nil
}
