package depmod

import (
	"io"

	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/modinfo"
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

// KernelSymbolsOf returns the exports of a kernel image, as [ReadSymvers] returns those of
// its Module.symvers. The kernel may be closed afterwards. The error is that of
// [modinfo.Kernel.Exports].
func KernelSymbolsOf(k *modinfo.Kernel, prefix byte) (*KernelSymbols, error) {
	var failed error
	set := symtab.NewSet(func(yield func(string, uint32) bool) {
		for e, err := range k.Exports() {
			if failed = err; err != nil || !yield(e.Name, e.CRC) {
				return
			}
		}
	}, symtab.Options{Prefix: prefix})
	return kernelSymbols(set, true, failed)
}

func kernelSymbols(set *symtab.Set, versions bool, err error) (*KernelSymbols, error) {
	if err != nil {
		return nil, err
	}
	return &KernelSymbols{set, versions}, nil
}
