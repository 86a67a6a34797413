// Package modfile reads module files.
package modfile

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/xz"
)

// File is an open module file on its way into the kernel.
type File struct {
	file  fs.File
	size  int64
	Codec decompress.Codec
	Head  []byte // the first bytes of the file
	limit int64  // on the uncompressed size

	Verified []byte // the uncompressed module, if it was given to Verify
}

// Close closes the file.
func (m *File) Close() error { return m.file.Close() }

// Limit is the limit that a caller's setting means: 0 stands for the default.
func Limit(setting int64) int64 {
	if setting == 0 {
		return decompress.DefaultLimit
	}
	return setting
}

// headSize is enough for magic numbers and for the headers of an xz file.
const headSize = 1280

// New is the module file that was opened.
func New(file fs.File, size, limit int64) (*File, error) {
	m := &File{file: file, size: size, limit: Limit(limit)}
	if err := m.readHead(); err != nil {
		return nil, err
	}
	m.Codec = decompress.Detect(m.Head)
	return m, nil
}

func (m *File) readHead() error {
	m.Head = make([]byte, min(m.size, headSize))
	var n int
	var err error
	if r, ok := m.file.(io.ReaderAt); ok {
		n, err = r.ReadAt(m.Head, 0)
	} else {
		n, err = io.ReadFull(m.file, m.Head)
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	m.Head = m.Head[:n]
	return nil
}

// Descriptor is the file as the kernel can take it by descriptor, nil when the
// module is in a file system of our own.
func (m *File) Descriptor() *os.File {
	f, _ := m.file.(*os.File)
	return f
}

// kernelDict is the largest xz dictionary that is left to the kernel. It has
// to be allocated there in one piece.
const kernelDict = 64 << 20

// KernelUnpacks reports whether a kernel whose /sys/module/compression names
// that Codec can unpack this file.
func (m *File) KernelUnpacks(Codec string) bool {
	if Codec == "" || Codec != m.Codec.String() {
		return false
	}
	if m.Codec != decompress.XZ {
		return true
	}
	info, err := xz.Inspect(m.Head)
	return err == nil && kernelKnows(info)
}

// kernelKnows reports whether every kernel's xz decoder knows the check and the
// filters of a file (staging/xz of the kernel's documentation) and has the
// memory. It takes one filter for machine code before LZMA2 at most, and no start
// offset; which ones is a matter of its configuration, where most have that of
// their own machine, and cannot be asked. Delta it does not have.
func kernelKnows(info xz.Info) bool {
	if info.Check != xz.CheckNone && info.Check != xz.CheckCRC32 || info.DictSize > kernelDict {
		return false
	}
	for _, f := range info.Filters {
		if f.ID != xz.FilterLZMA2 {
			return false
		}
	}
	return true
}

// maxPooled is the largest image whose memory is kept for the next module.
const maxPooled = 16 << 20

// images Recycles the memory of modules on their way into the kernel: whoever
// loads many would keep the garbage collector busy, and the kernel with giving
// out fresh pages.
var images = sync.Pool{New: func() any { return new([]byte) }}

// Recycle gives the memory of an image back, which nobody may use any more.
func Recycle(image []byte) {
	if cap(image) <= maxPooled {
		images.Put(&image)
	}
}

// Image returns the uncompressed module. Its memory can go to Recycle.
func (m *File) Image() ([]byte, error) {
	if m.Verified != nil {
		return slices.Clone(m.Verified), nil
	}
	file := io.Reader(m.file)
	if _, ok := file.(io.ReaderAt); !ok {
		file = io.MultiReader(bytes.NewReader(m.Head), file)
	}
	image, err := Unpack(*images.Get().(*[]byte), file, m.size, m.limit)
	return image, openfile.Cause(err)
}
