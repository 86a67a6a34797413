package kmod

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
	"github.com/gokmod/gokmod/modinfo"
)

// moduleFile is an open module file on its way into the kernel.
type moduleFile struct {
	file  fs.File
	size  int64
	codec decompress.Codec
	head  []byte // the first bytes of the file
	limit int64  // on the uncompressed size

	verified []byte // the uncompressed module, if it was given to Verify
}

// Close closes the file.
func (m *moduleFile) Close() error { return m.file.Close() }

// headSize is enough for magic numbers and for the headers of an xz file.
const headSize = 1280

func newModuleFile(file fs.File, size, limit int64) (*moduleFile, error) {
	if limit == 0 {
		limit = modinfo.DefaultMaxSize
	}
	m := &moduleFile{file: file, size: size, limit: limit}
	if err := m.readHead(); err != nil {
		return nil, err
	}
	m.codec = decompress.Detect(m.head)
	return m, nil
}

func (m *moduleFile) readHead() error {
	m.head = make([]byte, min(m.size, headSize))
	var n int
	var err error
	if r, ok := m.file.(io.ReaderAt); ok {
		n, err = r.ReadAt(m.head, 0)
	} else {
		n, err = io.ReadFull(m.file, m.head)
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	m.head = m.head[:n]
	return nil
}

// osFile is the file as the kernel can take it by descriptor, nil when the
// module is in a file system of our own.
func (m *moduleFile) osFile() *os.File {
	f, _ := m.file.(*os.File)
	return f
}

// kernelDict is the largest xz dictionary that is left to the kernel. It has
// to be allocated there in one piece.
const kernelDict = 64 << 20

// kernelUnpacks reports whether a kernel whose /sys/module/compression names
// that codec can unpack this file.
func (m *moduleFile) kernelUnpacks(codec string) bool {
	if codec == "" || codec != m.codec.String() {
		return false
	}
	if m.codec != decompress.XZ {
		return true
	}
	info, err := xz.Inspect(m.head)
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

// images recycles the memory of modules on their way into the kernel: whoever
// loads many would keep the garbage collector busy, and the kernel with giving
// out fresh pages.
var images = sync.Pool{New: func() any { return new([]byte) }}

// recycle gives the memory of an image back, which nobody may use any more.
func recycle(image []byte) {
	if cap(image) <= maxPooled {
		images.Put(&image)
	}
}

// image returns the uncompressed module. Its memory can go to recycle.
func (m *moduleFile) image() ([]byte, error) {
	if m.verified != nil {
		return slices.Clone(m.verified), nil
	}
	file := io.Reader(m.file)
	if _, ok := file.(io.ReaderAt); !ok {
		file = io.MultiReader(bytes.NewReader(m.head), file)
	}
	image, err := modinfo.ReadImage(*images.Get().(*[]byte), file, m.size, &modinfo.Config{MaxSize: m.limit})
	return image, openfile.Cause(err)
}
