package modfile

import (
	"io"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/openfile"
)

// What follows is for those that read many files at a time, and share memory among
// them: what they read from is in memory, with nothing left open.

// ReadPacked reads a file as it is, size bytes at most, into the memory of dst where
// that has room. One that became shorter meanwhile ends there.
func ReadPacked(dst []byte, f io.Reader, size int64) ([]byte, error) {
	if int64(cap(dst)) < size {
		dst = make([]byte, size+size/4) // for a next one that is a little larger
	}
	dst = dst[:size]
	n, err := io.ReadFull(f, dst)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil
	}
	return dst[:n], openfile.Cause(err)
}

// IsPacked reports whether the contents of a file are compressed.
func IsPacked(data []byte) bool { return decompress.Detect(data) != decompress.None }

// ExpectedSize is what a compressed module says of its size; where it does not, more
// than is usual. It may be wrong.
func ExpectedSize(packed []byte) int64 {
	if size, known := decompress.Size(packed); known {
		return size
	}
	return 7*int64(len(packed)) + 64<<10
}
