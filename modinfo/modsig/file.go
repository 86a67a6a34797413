package modsig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/modinfo"
)

// VerifyFile verifies the module file at that path, compressed or not.
func (k *Keyring) VerifyFile(path string, opts *Options) (*Verified, error) {
	f, info, err := openfile.Open(path)
	if err != nil {
		return nil, &Error{Path: path, Err: err}
	}
	return k.verifyFile(f, info, path, opts)
}

// VerifyFS verifies a module file in fsys, compressed or not.
func (k *Keyring) VerifyFS(fsys fs.FS, name string, opts *Options) (*Verified, error) {
	f, info, err := openfile.OpenFS(fsys, name)
	if err != nil {
		return nil, &Error{Path: name, Err: err}
	}
	return k.verifyFile(f, info, name, opts)
}

func (k *Keyring) verifyFile(f fs.File, info fs.FileInfo, path string, opts *Options) (*Verified, error) {
	defer f.Close()
	v, err := k.verifyOpen(f, info.Size(), opts)
	if err != nil {
		return nil, err.(*Error).in(path)
	}
	return v, nil
}

// verifyOpen verifies an open file. Where it can be read at any place and is not
// compressed, it is read in pieces, its end first.
func (k *Keyring) verifyOpen(f fs.File, size int64, opts *Options) (*Verified, error) {
	if at, ok := f.(io.ReaderAt); ok && size > 0 {
		head := make([]byte, min(decompress.MagicSize, size))
		if n, err := at.ReadAt(head, 0); n < len(head) {
			return nil, readError(err)
		}
		if decompress.Detect(head) == decompress.None {
			if size > opts.maxSize() {
				return nil, tooLarge(opts.maxSize())
			}
			return k.verify(module{at, size}, opts)
		}
	}
	buf := buffers.Get().(*[]byte)
	defer recycle(buf)
	image, err := decompress.File(*buf, f, size, opts.maxSize())
	if err != nil {
		return nil, &Error{Err: openfile.Cause(err)}
	}
	*buf = image
	return k.Verify(image, opts)
}

// VerifyData verifies a module, given the contents of its file, compressed or
// not. SignedSize is about the uncompressed module.
func (k *Keyring) VerifyData(data []byte, opts *Options) (*Verified, error) {
	if decompress.Detect(data) == decompress.None {
		return k.Verify(data, opts)
	}
	buf := buffers.Get().(*[]byte)
	defer recycle(buf)
	image, err := decompress.Bytes(*buf, data, opts.maxSize())
	if err != nil {
		return nil, &Error{Err: err}
	}
	*buf = image
	return k.Verify(image, opts)
}

func (o *Options) maxSize() int64 {
	if o == nil || o.MaxSize == 0 {
		return modinfo.DefaultMaxSize
	}
	return o.MaxSize
}

// maxPooled is the largest buffer that is kept for the next module.
const maxPooled = 16 << 20

// buffers recycles memory: whoever verifies a whole tree would otherwise keep
// the garbage collector busy.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func recycle(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

// readAll reads a whole file of at most limit bytes, as openfile does.
func readAll(b []byte, r io.Reader, size, limit int64) ([]byte, error) {
	data, err := openfile.ReadAll(b, r, size, limit)
	switch {
	case errors.Is(err, openfile.ErrTooLarge):
		return nil, tooLarge(limit)
	case err != nil:
		return nil, &Error{Err: err}
	}
	return data, nil
}

func tooLarge(limit int64) error {
	return refuse(modinfo.ErrTooLarge, fmt.Sprintf("the file alone has more than %d bytes", limit))
}
