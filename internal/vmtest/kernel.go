package vmtest

import (
	"os"
	"path/filepath"
)

// Kernel is a kernel that is unpacked and indexed on the host.
type Kernel struct {
	// Release is what uname -r answers, for example 6.1.0-56-amd64.
	Release string
	// Dir is the root of the unpacked package: it holds boot and lib/modules.
	Dir string
	// Image is the path of the image to boot: a bzImage or, faster to boot,
	// the ELF file unpacked from one.
	Image string
}

// ModuleDir is the kernel's lib/modules/RELEASE folder on the host, indexed
// by the host's depmod. Treat it as read only: it is shared.
func (k *Kernel) ModuleDir() string {
	return filepath.Join(k.Dir, "lib", "modules", k.Release)
}

// openKernel describes the kernel unpacked at dir, or reports what is absent.
func openKernel(dir, release string) (*Kernel, error) {
	k := &Kernel{
		Release: release,
		Dir:     dir,
		Image:   filepath.Join(dir, "boot", "vmlinuz-"+release),
	}
	for _, name := range []string{k.Image, filepath.Join(k.ModuleDir(), depFile)} {
		if _, err := os.Stat(name); err != nil {
			return nil, err
		}
	}
	return k, nil
}
