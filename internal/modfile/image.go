package modfile

import (
	"sync"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/openfile"
)

// Image is an uncompressed module in memory.
type Image struct {
	Bytes []byte
	mem   *[]byte // pooled, all of what Bytes had at first; nil for memory of others
}

// maxPooled is the largest image whose memory is kept for the next module: a small
// part of the default limit.
const maxPooled = 16 << 20

// pool recycles the memory of images: otherwise reading a whole tree, or loading
// many modules, would keep the garbage collector busy, and the kernel with
// providing fresh pages.
var pool = sync.Pool{New: func() any { return new([]byte) }}

// Release returns the memory. The image must not be used afterwards.
func (i *Image) Release() {
	if i.mem != nil && cap(*i.mem) <= maxPooled {
		pool.Put(i.mem)
	}
	*i = Image{}
}

// Image returns the uncompressed module in memory that the caller may change, and
// returns with Release. The error is as for Content.
func (f *File) Image() (Image, error) {
	kept := f.inside // by an earlier image
	f.enter()
	mem := pool.Get().(*[]byte)
	data, err := f.Unpack(*mem)
	if !kept {
		f.settle(len(data))
	}
	if err != nil {
		pool.Put(mem)
		return Image{}, err
	}
	if cap(data) > cap(*mem) { // otherwise it is part of that
		*mem = data
	}
	return Image{data, mem}, nil
}

// Unpack is [File.Image] with the caller's memory: the module is in dst if that has
// room, whatever it contains, and in new memory otherwise.
func (f *File) Unpack(dst []byte) ([]byte, error) {
	if err := f.look(); err != nil {
		return nil, err
	}
	switch {
	case f.at != nil:
		data, err := decompress.File(dst, f.reader(), f.size, f.limit)
		return data, unpackError(openfile.Cause(err))
	case f.codec == decompress.None:
		return append(dst[:0], f.data...), nil
	}
	return Unpack(dst, f.data, f.limit)
}

// Unpack returns the uncompressed image of a module, given the contents of its file:
// packed itself if that is not compressed. It uses the memory of dst if that has
// room. The error wraps elfmod.ErrFormat or decompress.ErrTooLarge.
func Unpack(dst, packed []byte, limit int64) ([]byte, error) {
	image, err := decompress.Bytes(dst, packed, limit)
	return image, unpackError(err)
}
