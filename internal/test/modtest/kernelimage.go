package modtest

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// KernelImage describes a small unpacked kernel, as far as tools read it: what it says of
// itself, and its tables of exported symbols. The zero value is a 64-bit little-endian
// ELF kernel with sections, offsets as records and no versions.
type KernelImage struct {
	Release  string // "6.1.0-test" if empty
	Vermagic string // what follows the release and a space; no vermagic if empty
	BuildID  []byte // of 20 bytes, none if empty
	Alone    bool   // without a program in it that has a build id of its own, which makes it small

	Machine   uint16 // arm64 and riscv say theirs without ELF headers too
	Is32      bool
	BigEndian bool
	Base      uint64 // where it lies in memory, 0 for an address that kernels have

	Form    KernelForm
	Symbols []KernelExport // in the order of their names in memory

	Pointers     bool // records are pointers, not offsets
	NoNamespaces bool // as before Linux 5.4
	Flags        bool // as since Linux 7.0: licenses are flags
	Twice        bool // every third symbol has two records
	Merged       bool // a name may be the end of another
	Versions     KernelVersions
}

// KernelExport is an exported symbol of a kernel.
type KernelExport struct {
	Name      string
	CRC       uint32
	GPLOnly   bool
	Namespace string
}

// KernelForm is what there is besides the contents of memory.
type KernelForm int

// The forms of unpacked kernels.
const (
	KernelSections KernelForm = iota // ELF with a section table
	KernelSegments                   // ELF without one
	KernelBare                       // nothing, and the address is not stated
)

// KernelVersions is how a kernel keeps the versions of symbols.
type KernelVersions int

// The ways of keeping versions.
const (
	NoVersions     KernelVersions = iota
	ShortVersions                 // 32 bits
	LongVersions                  // a long each, as before Linux 4.10
	OffsetVersions                // offsets to 32 bits, as on some machines before 5.19
)

// Exports returns the exports in the order of the kernel's tables.
func (k *KernelImage) Exports() []KernelExport {
	all := slices.Clone(k.Symbols)
	slices.SortStableFunc(all, func(a, b KernelExport) int {
		if !k.Flags && a.GPLOnly != b.GPLOnly {
			return cmp.Compare(btoi(a.GPLOnly), btoi(b.GPLOnly))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Build returns the kernel.
func (k *KernelImage) Build() []byte {
	m := k.memory()
	if k.Form == KernelBare {
		return m.data
	}
	return m.elf()
}

func (k *KernelImage) order() byteOrder {
	if k.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (k *KernelImage) release() string { return cmp.Or(k.Release, "6.1.0-test") }

func (k *KernelImage) base() uint64 {
	if k.Is32 {
		return cmp.Or(k.Base, 0xc0208000)
	}
	return cmp.Or(k.Base, 0xffffffff81000000)
}

// word is the size of a pointer.
func (k *KernelImage) word() int {
	if k.Is32 {
		return 4
	}
	return 8
}

// field is the size of a record's field.
func (k *KernelImage) field() int {
	if k.Pointers {
		return k.word()
	}
	return 4
}

// fields is the number of a record's fields.
func (k *KernelImage) fields() int {
	if k.NoNamespaces {
		return 2
	}
	return 3
}

// version is the size of a version in its table.
func (k *KernelImage) version() int {
	switch k.Versions {
	case NoVersions:
		return 0
	case LongVersions:
		return k.word()
	}
	return 4
}
