package kernelimage

import (
	"errors"

	"io"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/openfile"
)

// ErrCut means that an unpacked kernel ends before its contents do, as when it was
// copied in part.
var ErrCut = errors.New("it ends before the kernel that it contains")

// errTooLarge is the error for an image with more contents than the limit in bytes.
func errTooLarge(limit int64) error {
	return &decompress.Error{Kind: decompress.ErrTooLarge, Limit: limit}
}

// Load reads the kernel of an image of the given size. A packed image and what is
// unpacked from it take at most 1.1 times limit together, besides what Unpack says. Of
// an ELF file only what belongs in memory is read, so that its debug information does
// not count.
//
// The error is ErrUnknown, ErrCut, a *PackedError, one that wraps
// decompress.ErrTooLarge, or a read error.
func Load(r io.ReaderAt, size, limit int64) (*Memory, error) {
	head := make([]byte, min(max(size, 0), MachineHead))
	if n, err := r.ReadAt(head, 0); n < len(head) && err != nil && err != io.EOF {
		return nil, openfile.Cause(err)
	}
	if has(head, 0, elfMagic) {
		elf, err := elfmod.NewLinked(r, size, limit)
		if m, err := linked(elf, err, limit); m != nil || errors.Is(err, ErrCut) {
			return m, err
		}
	}
	data, err := openfile.ReadAll(nil, io.NewSectionReader(r, 0, size), size, limit)
	if errors.Is(err, openfile.ErrTooLarge) {
		return nil, errTooLarge(limit)
	} else if err != nil {
		return nil, err
	}
	kernel, err := Unpack(data, besides(data, limit))
	if err != nil {
		return nil, err
	}
	elf, err := elfmod.NewLinkedBytes(kernel)
	if m, err := linked(elf, err, limit); m != nil || errors.Is(err, ErrCut) {
		return m, err
	}
	machine := MachineOf(kernel)
	if machine.Number == 0 {
		machine = MachineOf(head)
	}
	return newMemory(kernel, machine), nil
}

// linked returns the memory of an ELF file if it is a kernel, and not a program that
// contains one.
func linked(elf *elfmod.Linked, err error, limit int64) (*Memory, error) {
	if err != nil || len(elf.Segments) == 0 {
		return nil, err
	}
	m, err := linkedMemory(elf, limit)
	if err != nil || m.Release() == "" {
		return nil, err
	}
	return m, nil
}

// besides is the limit for unpacking an image, so that both together take at most
// 1.1 times the limit: a packed kernel rarely takes a tenth of that.
func besides(image []byte, limit int64) int64 {
	return max(0, min(limit, limit+limit/10-int64(len(image))))
}
