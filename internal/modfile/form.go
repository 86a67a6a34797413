package modfile

import (
	"io"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/xz"
)

// Form is how a module file is compressed.
type Form struct {
	Codec decompress.Codec
	usual bool // every kernel with a decoder for the codec can unpack it
}

// Packed reports whether the file is compressed.
func (f Form) Packed() bool { return f.Codec != decompress.None }

// KernelUnpacks reports whether a kernel whose /sys/module/compression names that
// codec can unpack the file; "" is a kernel that unpacks none.
func (f Form) KernelUnpacks(codec string) bool {
	return codec == f.Codec.String() && f.usual
}

// headersSize is enough for the headers of an xz file.
const headersSize = 1280

// Form returns how the file is compressed.
func (f *File) Form() (Form, error) {
	if err := f.look(); err != nil {
		return Form{}, err
	}
	if f.codec != decompress.XZ {
		return Form{f.codec, true}, nil
	}
	headers := f.data
	if f.at != nil {
		headers = make([]byte, min(f.size, headersSize))
		n, err := f.at.ReadAt(headers, 0)
		if err != nil && err != io.EOF {
			return Form{}, openfile.Cause(err)
		}
		headers = headers[:n]
	}
	info, err := xz.Inspect(headers)
	return Form{f.codec, err == nil && kernelKnows(info)}, nil
}

// kernelDict is the largest xz dictionary that is left to the kernel, which
// must allocate it in one piece.
const kernelDict = 64 << 20

// kernelKnows reports whether every kernel's xz decoder supports the check and
// the filters of a file (staging/xz of the kernel's documentation) and has the
// memory. It supports at most one filter for machine code before LZMA2, without a
// start offset; which ones depends on its configuration, usually that of its own
// machine, and cannot be queried. It does not support delta.
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
