package modinfo

import (
	"io"
	"sync"

	"github.com/gokmod/gokmod/internal/modfile"
)

// maxPooled is the largest buffer that is kept for the next module: a small part
// of DefaultMaxSize.
const maxPooled = 16 << 20

// buffers recycles the memory of decompressed modules: whoever reads a whole
// tree would otherwise leave gigabytes to the garbage collector.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

// inflate decompresses a file into a pooled buffer.
func inflate(r io.ReaderAt, size int64, cfg *Config) (*[]byte, error) {
	out := buffers.Get().(*[]byte)
	data, err := modfile.Unpack(*out, io.NewSectionReader(r, 0, size), size, cfg.maxSize())
	if err != nil {
		putBuffer(out)
		return nil, err
	}
	*out = data
	return out, nil
}

// Decompress returns the uncompressed image of a module, given the contents of
// its file: packed itself when the file is not compressed. The error wraps
// ErrFormat or ErrTooLarge.
func Decompress(packed []byte, cfg *Config) ([]byte, error) {
	return modfile.Decompress(packed, cfg.maxSize())
}
