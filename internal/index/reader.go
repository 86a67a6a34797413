package index

import "encoding/binary"

// A Reader looks keys up in an index. It is immutable and safe for concurrent
// use. It returns copies: they stay valid when the data is unmapped, which must
// wait until all calls have returned.
type Reader struct {
	name string
	data []byte
	root uint32
}

// An Entry is one value of one key. A key with several values has as many
// entries.
type Entry struct {
	Key      string // as in the file; may be a pattern
	Value    string
	Priority uint32 // the lowest goes first
}

// New returns a reader of the index in data, which it keeps and which must not
// change. Only the header is checked; the rest is checked when it is read. The
// name is for errors. The error is a [CorruptError] or a [VersionError].
func New(name string, data []byte) (*Reader, error) {
	r := &Reader{name: name, data: data}
	switch {
	case len(data) == 0:
		return nil, r.corrupt(0, "the file is empty")
	case len(data) < headerSize:
		return nil, r.corrupt(len(data), "the header is cut off")
	case r.uint32(0) != magic:
		return nil, r.corrupt(0, "the magic number is missing")
	}
	if v := r.uint32(4); v>>16 != majorVersion {
		return nil, &VersionError{File: name, Major: uint16(v >> 16), Minor: uint16(v)}
	}
	r.root = r.uint32(8)
	return r, nil
}

// uint32 reads the integer at off, which the caller has checked to be in the
// data.
func (r *Reader) uint32(off int) uint32 {
	return binary.BigEndian.Uint32(r.data[off:])
}
