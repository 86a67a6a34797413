package modinfo

import (
	"bytes"

	"github.com/gokmod/gokmod/internal/modname"
)

// thisModule is the section that holds the module's struct module.
const thisModule = ".gnu.linkonce.this_module"

// StructSize is the size in bytes of the kernel's struct module that the module
// was built with, according to its section .gnu.linkonce.this_module; 0 if
// there is none. Newer kernels accept only modules with their own size.
func (f *File) StructSize() uint64 {
	s := f.elf.Section(thisModule)
	if s == nil {
		return 0
	}
	return s.Size
}

// HasSymbols reports whether the module has a symbol table. Without one, as
// after strip(1) with its defaults, no kernel accepts it.
func (f *File) HasSymbols() bool { return f.elf.HasSymbols() }

// ModuleName is the kernel's name for the module, which may differ from its
// file's: the one in its struct module, which the field "name" repeats since
// Linux 4.15. It is "" if the file has none. Dashes are underscores.
func (f *File) ModuleName() (string, error) {
	name, err := f.moduleName()
	if err != nil {
		return "", f.wrap("read name", err)
	}
	return modname.Normalize(name), nil
}

// moduleName is ModuleName unchanged. Its position in the structure depends on
// the kernel. The rest is usually zero, so it is the field's value if that
// occurs there, otherwise the first string.
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
