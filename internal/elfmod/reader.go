package elfmod

import (
	"cmp"
	"io"
	"math"
	"slices"
)

const (
	// smallFile is the size up to which a file is read at once: it takes no longer
	// than the calls that it saves.
	smallFile = 16 << 10

	// gap is how far apart sections may be that are read by one call, for the same
	// reason.
	gap = 4 << 10

	// lead is how much is read before a part that nobody foresaw. The names of the
	// sections are usually before their table.
	lead = 1 << 10

	// maxParts bounds how many parts of a file are looked through. A file of more is
	// read as a whole.
	maxParts = 16
)

// Reader reads module files one after another into the same memory, and of each only
// the parts that are asked for. It is not safe for concurrent use.
type Reader struct {
	buf      []byte    // memory, of which parts take the first bytes
	sections []Section // memory

	file  io.ReaderAt
	size  uint64
	parts []part
	used  uint64 // bytes in parts
}

// part is a part of a file in memory.
type part struct {
	off  uint64
	data []byte
}

func (p *part) end() uint64 { return p.off + uint64(len(p.data)) }

// Open reads header and section table of a file of the given size, and the contents of
// the sections that are wanted. Others are read when they are asked for, so the file
// must stay open. What it returns is valid until the next Open, and as safe for
// concurrent use as the reader.
func (r *Reader) Open(file io.ReaderAt, size int64, wanted func(*Section) bool) (*File, error) {
	r.file, r.size = file, uint64(max(size, 0))
	r.buf, r.parts, r.used = r.buf[:0], r.parts[:0], 0
	if 0 < r.size && r.size <= smallFile {
		if _, err := r.part(0, r.size); err != nil {
			return nil, err
		}
	}
	f, err := open(source{parts: r, memory: r, size: r.size})
	if err == nil {
		err = r.fetch(f.Sections, wanted)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// OpenBytes is [NewBytes] with the memory of the reader.
func (r *Reader) OpenBytes(b []byte) (*File, error) {
	return open(source{bytes: b, memory: r, size: uint64(len(b))})
}

// Shrink gives memory back if it is more than the given number of bytes.
func (r *Reader) Shrink(most int64) {
	r.file, r.parts = nil, r.parts[:0]
	if int64(cap(r.buf)) > most {
		r.buf = nil
	}
	if int64(cap(r.sections))*sectionSize > most {
		r.sections = nil
	}
}

// sectionSize is about the memory of a Section.
const sectionSize = 80

// table returns memory for n sections.
func (r *Reader) table(n uint32) []Section {
	if uint32(cap(r.sections)) < n {
		r.sections = make([]Section, n, n+n/4)
	}
	return r.sections[:n]
}

// slice returns n bytes at an offset, which the file has.
func (r *Reader) slice(off, n uint64) ([]byte, error) {
	for i := range r.parts {
		if p := &r.parts[i]; p.off <= off && off+n <= p.end() {
			return p.data[off-p.off:][:n:n], nil
		}
	}
	from, to := off-min(off, lead), off+n
	if len(r.parts) >= maxParts || r.used+to-from > r.size {
		from, to = 0, r.size
	}
	data, err := r.part(from, to)
	if err != nil {
		return nil, err
	}
	return data[off-from:][:n:n], nil
}

// fetch reads the sections that are wanted, those that are close together at once.
func (r *Reader) fetch(sections []Section, wanted func(*Section) bool) error {
	var ranges [maxParts]span
	list := ranges[:0]
	for i := range sections {
		s := &sections[i]
		if s.Type == typeNull || s.Type == typeNobits || s.Size == 0 || !wanted(s) {
			continue
		}
		if s.Offset > r.size || s.Size > r.size-s.Offset || len(list) == maxParts {
			return nil // whoever asks for it learns of it
		}
		list = append(list, span{s.Offset, s.Offset + s.Size})
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for len(list) > 0 {
		next, n := list[0], 1
		for ; n < len(list) && list[n].from <= next.to+gap; n++ {
			next.to = max(next.to, list[n].to)
		}
		if _, err := r.slice(next.from, next.to-next.from); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// span is a range of a file.
type span struct{ from, to uint64 }

// part reads a part of the file.
func (r *Reader) part(from, to uint64) ([]byte, error) {
	if to-from > math.MaxInt {
		return nil, formatErrorf(from, "%d bytes are too many for the memory of this machine", to-from)
	}
	data := r.room(int(to - from))
	if err := readFull(r.file, data, from, r.size); err != nil {
		return nil, err
	}
	r.used += to - from
	r.parts = append(r.parts, part{from, data})
	return data, nil
}

// least is the least memory that is allocated for parts.
const least = 64 << 10

// room returns memory of n bytes.
func (r *Reader) room(n int) []byte {
	if cap(r.buf)-len(r.buf) < n {
		r.buf = make([]byte, 0, max(least, n+n/4)) // parts keep what they have
	}
	at := len(r.buf)
	r.buf = r.buf[:at+n]
	return r.buf[at : at+n : at+n]
}
