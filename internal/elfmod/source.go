package elfmod

import (
	"errors"
	"io"
)

// maxRead bounds one section that is copied out of a file; the largest symbol
// tables of real modules have a few megabytes. If a section is larger than
// probed, its last byte is read before memory is allocated for it.
const (
	maxRead = 64 << 20
	probed  = 1 << 20
)

// source provides ranges of a file. A range of a byte slice is not copied.
type source struct {
	bytes  []byte
	r      io.ReaderAt
	parts  *Reader // instead of r
	size   uint64
	memory *Reader // for the section table, or nil
}

// has reports whether n bytes at off lie inside the file.
func (s *source) has(off, n uint64) bool {
	return off <= s.size && n <= s.size-off
}

// slice returns n bytes at an offset, of which at most maxRead are copied.
func (s *source) slice(off, n uint64) ([]byte, error) { return s.within(off, n, maxRead) }

// within is slice with another bound for copies.
func (s *source) within(off, n, most uint64) ([]byte, error) {
	if !s.has(off, n) {
		return nil, formatErrorf(off, "%d bytes are needed here, but the file ends at %d", n, s.size)
	}
	if s.parts != nil {
		return s.parts.slice(off, n)
	}
	if s.r == nil {
		return s.bytes[off : off+n : off+n], nil
	}
	if n > most {
		return nil, formatErrorf(off, "a section of %d bytes is too large", n)
	}
	if n > probed {
		if err := s.read(make([]byte, 1), off+n-1); err != nil {
			return nil, err
		}
	}
	b := make([]byte, n)
	if err := s.read(b, off); err != nil {
		return nil, err
	}
	return b, nil
}

// read fills b with the bytes at an offset.
func (s *source) read(b []byte, off uint64) error { return readFull(s.r, b, off, s.size) }

// readFull fills b with the bytes at an offset of a file that had size bytes.
func readFull(r io.ReaderAt, b []byte, off, size uint64) error {
	got, err := r.ReadAt(b, int64(off))
	switch {
	case got == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return formatErrorf(off+uint64(got), "the file ends early, it had %d bytes when opened", size)
	}
	return err
}

// sections returns memory for a section table.
func (s *source) sections(n uint32) []Section {
	if s.memory != nil {
		return s.memory.table(n)
	}
	return make([]Section, n)
}
