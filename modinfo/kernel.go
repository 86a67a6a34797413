package modinfo

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/ksymtab"
)

var (
	// ErrKernelImage is wrapped when a file is not a kernel image, or only a part of
	// one, or when the kernel in it cannot be unpacked.
	ErrKernelImage = errors.New("the kernel image cannot be unpacked")

	// ErrNoExports is wrapped when it cannot be found out what a kernel exports.
	ErrNoExports = ksymtab.ErrNoTables

	// ErrForeignMap is wrapped when a System.map is that of another kernel than the
	// image, ErrNoBounds when it does not say where the kernel's exports are.
	ErrForeignMap = ksymtab.ErrForeignMap
	ErrNoBounds   = ksymtab.ErrNoBounds
)

// Kernel is a kernel image: what boot loaders load, or a vmlinux. It says which kernel it
// is and what that exports to modules, like Module.symvers, which is a part of the
// kernel's build and seldom at hand. Its methods may be called concurrently, but not
// after Close.
type Kernel struct {
	path     string
	memory   *kernelimage.Memory
	exports  func() (*ksymtab.Exports, error)
	vermagic func() string
}

// Close releases the memory. What the methods returned stays valid, except for the
// contents of Segments. Exports of a closed kernel are fs.ErrClosed.
func (k *Kernel) Close() error {
	k.memory = &kernelimage.Memory{}
	k.exports = func() (*ksymtab.Exports, error) { return nil, fs.ErrClosed }
	k.vermagic = func() string { return "" }
	return nil
}

// Path is the path of the image, "" when it came from a reader.
func (k *Kernel) Path() string { return k.path }

// Release is what uname -r prints when the kernel runs.
func (k *Kernel) Release() string { return k.memory.Release() }

// Vermagic is what the kernel compares the vermagic of modules with, "" if it has none,
// as one that loads no modules.
func (k *Kernel) Vermagic() string { return strings.TrimSpace(k.vermagic()) }

// Modversions reports whether modules need versions of symbols, as the vermagic says
// (CONFIG_MODVERSIONS).
func (k *Kernel) Modversions() bool {
	return slices.Contains(strings.Fields(k.Vermagic()), "modversions")
}

// BuildID is the build id, nil if there is none. A running kernel has it in
// /sys/kernel/notes. Two builds of the same release differ in it.
func (k *Kernel) BuildID() []byte { return bytes.Clone(k.memory.BuildID()) }

// Machine is the machine that the kernel runs on, 0 if the image does not say.
func (k *Kernel) Machine() Machine { return Machine(k.memory.Machine.Number) }

// Architecture describes machine, word size and byte order as [Info.Architecture] does, ""
// if the image does not say.
func (k *Kernel) Architecture() string {
	m := k.memory.Machine
	if m.Number == 0 {
		return ""
	}
	return architecture(Machine(m.Number), m.Is64, m.BigEndian)
}

// Exports yields the symbols that the kernel exports, in the order of its tables: those
// for all modules before those for modules under the GPL only, each by name; since Linux
// 7.0 all by name. An error is yielded alone; it is an [*Error].
func (k *Kernel) Exports() iter.Seq2[Export, error] {
	return func(yield func(Export, error) bool) {
		e, err := k.exports()
		if err != nil {
			yield(Export{}, kernelFailed("read exports", k.path, err))
			return
		}
		for s := range e.All() {
			if !yield(Export{s.Name, s.CRC, s.HasCRC, s.GPLOnly, s.Namespace}, nil) {
				return
			}
		}
	}
}

// Segments yields what the kernel has in memory, each part with its address, in the order
// of the file. An image without headers is one segment, and does not state its address,
// which is 0 then. The contents must not be changed.
func (k *Kernel) Segments() iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for _, p := range k.memory.Parts {
			if !yield(p.Addr, p.Data) {
				return
			}
		}
	}
}
