package depmod

import (
	"io"

	"github.com/gokmod/gokmod/internal/symtab"
)

// KernelSymbols is what a kernel exports to modules.
type KernelSymbols struct{ set *symtab.Set }

// ReadSystemMap reads a System.map, which lists what the kernel exports without
// versions. prefix is a character that stands before every symbol of some
// machines; 0 means none.
func ReadSystemMap(r io.Reader, prefix byte) (*KernelSymbols, error) {
	return kernelSymbols(symtab.ReadSystemMap(r, symtab.Options{Prefix: prefix}))
}

// ReadSymvers reads a Module.symvers, which lists what the kernel exports with
// versions.
func ReadSymvers(r io.Reader, prefix byte) (*KernelSymbols, error) {
	return kernelSymbols(symtab.ReadSymvers(r, symtab.Options{Prefix: prefix}))
}

func kernelSymbols(set *symtab.Set, err error) (*KernelSymbols, error) {
	if err != nil {
		return nil, err
	}
	return &KernelSymbols{set}, nil
}
