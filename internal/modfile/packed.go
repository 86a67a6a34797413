package modfile

import (
	"io"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/openfile"
)

// The following is for callers that read many files at a time, and share memory
// among them.

// ReadPacked reads a file unchanged, at most size bytes, into the memory of dst if
// that has room. A file that was shortened meanwhile ends there.
func ReadPacked(dst []byte, f io.Reader, size int64) ([]byte, error) {
	if int64(cap(dst)) < size {
		dst = make([]byte, size+size/4) // for a slightly larger next one
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

// ExpectedSize is the declared size of a compressed module or, if it does not
// declare one, more than is usual. It may be wrong.
func ExpectedSize(packed []byte) int64 {
	if size, known := decompress.Size(packed); known {
		return size
	}
	return 7*int64(len(packed)) + 64<<10
}
