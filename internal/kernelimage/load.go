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
		if elf, err := elfmod.NewLinked(r, size, limit); err == nil {
			if m, err := linked(elf, size, limit); m != nil || err != nil {
				return m, err
			}
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
	return unpacked(kernel, head, limit)
}

// unpacked is the memory of an unpacked kernel, from an image that begins with head.
func unpacked(kernel, head []byte, limit int64) (*Memory, error) {
	if elf, err := elfmod.NewLinkedBytes(kernel); err == nil {
		if m, err := linked(elf, int64(len(kernel)), limit); m != nil || err != nil {
			return m, err
		}
	}
	release := Release(kernel)
	if release == "" {
		return nil, ErrUnknown // a header said where it is, not what
	}
	machine := MachineOf(kernel)
	if machine.Number == 0 {
		machine = MachineOf(head)
	}
	m := newMemory(kernel, machine)
	m.release = release
	return m, nil
}

// linked returns the memory of an ELF file if it is a kernel, and not a program that
// contains one.
func linked(elf *elfmod.Linked, size, limit int64) (*Memory, error) {
	m, err := linkedMemory(elf, size, limit)
	if m == nil || err != nil {
		return nil, err
	}
	for i := range m.Parts {
		if m.release = Release(m.Parts[i].Data); m.release != "" {
			return m, nil
		}
	}
	return nil, nil
}

// besides is the limit for unpacking an image, so that both together take at most
// 1.1 times the limit: a packed kernel rarely takes a tenth of that.
func besides(image []byte, limit int64) int64 {
	return max(0, limit-max(0, int64(len(image))-limit/10))
}
