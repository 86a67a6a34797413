package vm

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
)

// Kernel is a kernel that is unpacked and indexed on the host.
type Kernel struct {
	// Release is the output of uname -r, for example 6.1.0-56-amd64.
	Release string
	// Package is the name that was passed to Fetch, if any.
	Package string
	// Dir is the root of the unpacked package: it holds lib/modules.
	Dir string
	// Packed is the path of the image in its packed form.
	Packed string
	// Image is the path of the image to boot: the packed one or, faster to
	// boot, the ELF file unpacked from it.
	Image string
}

// ModuleDir is the kernel's lib/modules/RELEASE directory on the host, indexed
// by the host's depmod. Treat it as read only: it is shared.
func (k *Kernel) ModuleDir() string {
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
	images := []string{filepath.Join(dir, "boot", "vmlinuz-"+release), filepath.Join(k.ModuleDir(), "vmlinuz")}
	for _, name := range images {
		_, err := os.Stat(name)
		if err == nil {
			k.Packed, k.Image = name, name
			return k, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}
