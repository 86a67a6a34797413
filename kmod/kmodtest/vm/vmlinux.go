package vm

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// maxVmlinux bounds the size of an unpacked kernel in bytes.
const maxVmlinux = 512 << 20

// bootable returns the kernel with Image set to its unpacked form, which is made
// if necessary, or unchanged if that cannot be made. A bzImage unpacks itself,
// which under emulation takes as long as the rest of the boot. QEMU also boots
// the ELF file within, through its PVH note, so that is unpacked once on the
// host.
func bootable(k *Kernel) *Kernel {
	name := filepath.Join(k.Dir, "boot", "vmlinux-"+k.Release)
	if _, err := os.Stat(name); err != nil {
		if unpackImage(k.Packed, name) != nil {
			return k
		}
	}
	fast := *k
	fast.Image = name
	return &fast
}

// unpackImage writes the ELF kernel within a bzImage to a file, atomically.
func unpackImage(image, name string) error {
	data, err := os.ReadFile(image)
	if err != nil {
		return err
	}
	if !kernelimage.IsBZImage(data) {
		return errors.New("vm: the kernel image is not a bzImage")
	}
	kernel, err := kernelimage.Unpack(data, maxVmlinux)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(kernel)
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
