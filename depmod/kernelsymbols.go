package depmod

import (
	"io"

	"github.com/gokmod/gokmod/internal/symtab"
)

// KernelSymbols is what a kernel exports to modules.
type KernelSymbols struct {
	set      *symtab.Set
	versions bool // the symbols have versions
}

// ReadSystemMap reads a System.map, which lists the kernel's exports without
// versions. prefix is a character that some machines put in front of every
// symbol; 0 means none.
func ReadSystemMap(r io.Reader, prefix byte) (*KernelSymbols, error) {
	set, err := symtab.ReadSystemMap(r, symtab.Options{Prefix: prefix})
	return kernelSymbols(set, false, err)
}

// ReadSymvers reads a Module.symvers, which lists the kernel's exports with
// versions.
func ReadSymvers(r io.Reader, prefix byte) (*KernelSymbols, error) {
	set, err := symtab.ReadSymvers(r, symtab.Options{Prefix: prefix})
	return kernelSymbols(set, true, err)
}

func kernelSymbols(set *symtab.Set, versions bool, err error) (*KernelSymbols, error) {
	if err != nil {
		return nil, err
	}
	return &KernelSymbols{set, versions}, nil
}
