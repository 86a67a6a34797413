package main

import (
	"os"
	"syscall"

	"github.com/gokmod/gokmod/kmod"
)

// dryKernel shows the state of a kernel, and answers to calls as that kernel is
// likely to, but does nothing.
type dryKernel struct{ kmod.Kernel }

// FinitModule implements kmod.Kernel.
func (dryKernel) FinitModule(*os.File, string, kmod.InsertFlags) error { return nil }

// InitModule implements kmod.Kernel.
func (dryKernel) InitModule([]byte, string) error { return nil }

// DeleteModule implements kmod.Kernel. The users of a module count although
// they would be gone by then in earnest.
func (k dryKernel) DeleteModule(name string, _ kmod.RemoveFlags) error {
	if _, ok := loadedModule(kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k.Kernel}), name); !ok {
		return syscall.ENOENT
	}
	return nil
}
