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
// the ELF file within, through the PVH note that 64-bit kernels have, so that is
// unpacked once on the host. EFI programs need their firmware, which is slower still.
func bootable(k *Kernel) *Kernel {
	name := filepath.Join(k.Dir, "boot", "vmlinux-"+k.Release)
	if k.Packed == name {
		return k
	}
	if _, err := os.Stat(name); err != nil {
		if unpackImage(k.Packed, name) != nil {
			return k
		}
	}
	fast := *k
	fast.Image = name
	return &fast
}

// unpackImage writes the kernel within a bzImage or an EFI program to a file,
// atomically.
func unpackImage(image, name string) error {
	data, err := os.ReadFile(image)
	if err != nil {
		return err
	}
	bz := kernelimage.IsBZImage(data)
	if !bz && !kernelimage.IsZboot(data) || bz && imageArch(data) != "amd64" {
		return errors.New("vm: the kernel image is booted as it is")
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
