package live

import (
	"os"

	"github.com/gokmod/gokmod/internal/sys"
)

// FinitModule implements Kernel.
func (h *Host) FinitModule(file *os.File, params string, flags InsertFlags) error {
	return sys.FinitModule(file, params, int(flags))
}

// InitModule implements Kernel.
func (h *Host) InitModule(image []byte, params string) error {
	return sys.InitModule(image, params)
}

// DeleteModule implements Kernel.
func (h *Host) DeleteModule(name string, flags RemoveFlags) error {
	mode := sys.NonBlock
	if flags&ForceRemove != 0 {
		mode |= sys.Force
	}
	return sys.DeleteModule(name, mode)
}
