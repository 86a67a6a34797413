package vm

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// Kernel is a kernel that is unpacked and indexed on the host.
type Kernel struct {
	// Release is the output of uname -r, for example 6.1.0-56-amd64.
	Release string
	// Arch is the architecture as Go names it, for example amd64, from the image.
	Arch string
	// Package is the name that was passed to Fetch, "" for a kernel of KernelAt.
	Package string
	// Dir is the root of the unpacked package, which holds lib/modules; "" for a
	// kernel of KernelAt.
	Dir string
	// Packed is the path of the image in its packed form.
	Packed string
	// Image is the path of the image to boot: the packed one or, faster to
	// boot or the only form that QEMU knows, the file unpacked from it.
	Image string

	modules string // the module directory, where it is not the one in Dir
}

// KernelAt describes a kernel of one's own: its image, such as a bzImage or the vmlinux
// from which that was made, and the directory with its modules and the index files that
// depmod makes, such as /lib/modules/6.12.1 or the one that "make modules_install"
// filled. moduleDir may be "": such a kernel has no modules to ask for. The release is
// that which the image states, as is the architecture. A vmlinux starts in half the
// time of a bzImage.
func KernelAt(image, moduleDir string) (*Kernel, error) {
	data, err := os.ReadFile(image)
	if err != nil {
		return nil, err
	}
	kernel, err := kernelimage.Unpack(data, maxVmlinux)
	if err != nil {
		return nil, fmt.Errorf("vm: read the kernel image %s: %w", image, err)
	}
	k := &Kernel{Release: kernelimage.Release(kernel), Packed: image, Image: image, modules: moduleDir}
	k.Arch = cmp.Or(imageArch(data), imageArch(kernel))
	if moduleDir == "" {
		return k, nil
	}
	if _, err := os.Stat(filepath.Join(moduleDir, depFile)); err != nil {
		return nil, err
	}
	return k, nil
}

// ModuleDir is the kernel's directory with modules on the host, with the index files of
// depmod; "" if it has none. Treat it as read only: it may be shared.
func (k *Kernel) ModuleDir() string {
	if k.Dir == "" {
		return k.modules
	}
	return filepath.Join(k.Dir, "lib", "modules", k.Release)
}

// Having returns those of the names that the kernel has, as modules or built in:
// a module of one kernel is built into another, and missing in a third.
func (k *Kernel) Having(names ...string) ([]string, error) {
	dep, err := readModuleDep(k.ModuleDir())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		name = moduleName(name)
		return dep.files[name] == nil && !dep.builtin[name]
	}), nil
}

// openKernel describes the kernel unpacked at dir, or reports what is missing.
func openKernel(dir, release string) (*Kernel, error) {
	k := &Kernel{Release: release, Dir: dir}
	if _, err := os.Stat(filepath.Join(k.ModuleDir(), depFile)); err != nil {
		return nil, err
	}
	var first error
	for _, name := range []string{
		filepath.Join(dir, "boot", "vmlinuz-"+release), filepath.Join(k.ModuleDir(), "vmlinuz"),
		filepath.Join(dir, "boot", "vmlinux-"+release), filepath.Join(k.ModuleDir(), "vmlinux"), // where it is not packed
	} {
		var err error
		if k.Arch, err = readArch(name); err == nil {
			k.Packed, k.Image = name, name
			return k, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}
