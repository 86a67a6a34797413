package debian

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// diskUUID is that of every root's file system, so that its links have the same names.
const diskUUID = "a3c1d5b0-52ad-4a0e-9f0d-3d1c6f2b7e11"

// Image writes the root to a file as an ext4 file system. It has no journal: each boot
// forgets what it writes.
func (r *Root) Image(ctx context.Context, file string) error {
	size, err := imageSize(r.Dir)
	if err != nil {
		return err
	}
	_, err = output(isolated(ctx, "", "mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-U", diskUUID,
		"-E", "lazy_itable_init=1,root_owner=0:0,hash_seed="+diskUUID, "-d", r.Dir, file, fmt.Sprintf("%dK", size>>10)))
	return err
}

// imageSize is the size of a file system for a directory, in bytes: for what is in
// it, half as much again, and some room. The file is sparse.
func imageSize(dir string) (int64, error) {
	var size int64
	err := filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().IsRegular() {
			size += info.Size()
		}
		return err
	})
	return size*3/2 + 256<<20, err
}

// maxKernel bounds the size of an unpacked kernel in bytes.
const maxKernel = 512 << 20

// Kernel unpacks the root's kernel to a file and returns it: as it starts in half the
// time, see package vm.
func (r *Root) Kernel(file string) (*vm.Kernel, error) {
	release, err := r.Release()
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(r.Path("/boot/vmlinuz-" + release))
	if err != nil {
		return nil, err
	}
	kernel, err := kernelimage.Unpack(data, maxKernel)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, kernel, 0o644); err != nil {
		return nil, err
	}
	return vm.KernelAt(file, r.Path("/usr/lib/modules/"+release))
}

// Initrd returns the file that the root's generator made for the kernel.
func (r *Root) Initrd() (string, error) {
	release, err := r.Release()
	if err != nil {
		return "", err
	}
	file := r.Path("/boot/initrd.img-" + release)
	_, err = os.Stat(file)
	return file, err
}
