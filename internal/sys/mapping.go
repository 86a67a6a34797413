package sys

import (
	"fmt"
	"io"
	"math"
	"os"
)

const (
	// mapThreshold is the size from which a file is mapped instead of read.
	// Measured, reading takes as long as mapping, touching and unmapping at
	// about 16 KiB and twice as long at 32 KiB (BenchmarkMapFile). A file
	// that is read is immune to later changes.
	mapThreshold = 16 << 10

	// maxRead bounds what is read into memory if a mapping is not possible,
	// because of sparse files of an absurd size.
	maxRead = 1 << 30
)

// Mapping is the content of a file in memory: a shared read-only mapping where
// that pays, otherwise a private copy.
//
// A mapping shows the file as it is at the moment of each read. Whoever can
// write to the file can change bytes between two reads of the same place, so
// checks must be made on values already fetched. If the file is shortened,
// reading past the new end is a fault, which ends the program unless it happens
// inside Guard.
//
// Bytes and Guard may be used by several goroutines at once. Close must be the
// last call, and no slice of the bytes may be used after it.
type Mapping struct {
	data   []byte
	mapped bool
}

// MapFile makes the first size bytes of the regular file f available. f may be
// closed afterwards. The error wraps io.ErrUnexpectedEOF when the file is
// shorter than size. A negative size means the size that the file has now.
func MapFile(f HostFile, size int64) (*Mapping, error) {
	size, err := checkSize(f, size)
	if err != nil {
		return nil, err
	}
	if size >= mapThreshold {
		if data, err := mapFile(f, int(size)); err == nil {
			return &Mapping{data: data, mapped: true}, nil
		}
	}
	return readFile(f, size)
}

// Bytes returns the content, which must not be written to: a write to a
// mapping is a fault. It is valid until Close.
func (m *Mapping) Bytes() []byte { return m.data }

// Mapped reports whether the bytes are the file itself and not a copy.
func (m *Mapping) Mapped() bool { return m.mapped }

// Close releases the memory. Closing twice does nothing.
func (m *Mapping) Close() error {
	data, mapped := m.data, m.mapped
	m.data, m.mapped = nil, false
	if mapped {
		return unmapFile(data)
	}
	return nil
}

// checkSize replaces a negative size with the file's and refuses one that
// exceeds the file or the address space.
func checkSize(f HostFile, size int64) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%s is not a regular file: %w", f.Name(), os.ErrInvalid)
	}
	if size < 0 {
		size = info.Size()
	}
	if size > info.Size() {
		return 0, shortFile(f, info.Size(), size)
	}
	if size > math.MaxInt-mapThreshold {
		return 0, tooLarge(f, size)
	}
	return size, nil
}

// readFile makes a Mapping that holds a copy of the file.
func readFile(f HostFile, size int64) (*Mapping, error) {
	if size > maxRead {
		return nil, tooLarge(f, size)
	}
	data := make([]byte, size)
	n, err := f.ReadAt(data, 0)
	if n == len(data) {
		return &Mapping{data: data}, nil
	}
	if err == io.EOF {
		return nil, shortFile(f, int64(n), size)
	}
	return nil, err
}

func shortFile(f HostFile, have, want int64) error {
	return fmt.Errorf("%s has %d bytes instead of %d: %w", f.Name(), have, want, io.ErrUnexpectedEOF)
}

func tooLarge(f HostFile, size int64) error {
	return fmt.Errorf("%s is too large to read into memory, %d bytes: %w", f.Name(), size, os.ErrInvalid)
}
