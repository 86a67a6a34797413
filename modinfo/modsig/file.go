package modsig

import (
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
	buf := buffers.Get().(*[]byte)
	defer recycle(buf)
	data, err := readAll((*buf)[:0], f, info.Size(), opts.maxSize())
	if err != nil {
		return nil, err.in(path)
	}
	*buf = data
	v, failed := k.VerifyData(data, opts)
	if failed != nil {
		return nil, failed.(*Error).in(path)
	}
	return v, nil
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
const maxPooled = 32 << 20

// buffers recycles memory: whoever verifies a whole tree would otherwise keep
// the garbage collector busy.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func recycle(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}

// readAll reads a whole file of at most limit bytes into the memory of b, if
// that has room. size is what the file has as a rule; it may change.
func readAll(b []byte, r io.Reader, size, limit int64) ([]byte, *Error) {
	if size > limit {
		return nil, refuse(modinfo.ErrTooLarge, "the file alone has more than the limit")
	}
	if int64(cap(b)) <= size {
		b = make([]byte, 0, size+1) // the end shows in a read that gives nothing
	}
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, &Error{Err: openfile.Cause(err)}
		case int64(len(b)) > limit:
			return nil, refuse(modinfo.ErrTooLarge, "the file grows while it is read")
		case len(b) == cap(b):
			b = append(b, 0)[:len(b)]
		}
	}
}
