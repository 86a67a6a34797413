package modsig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/modinfo"
)

// VerifyFile verifies the module file at the given path, compressed or not.
func (k *Keyring) VerifyFile(path string, opts *Options) (*Verified, error) {
	f, err := modfile.Open(path, opts.maxSize())
	return k.verifyFile(f, err, path, opts)
}

// VerifyFS verifies a module file in fsys, compressed or not.
func (k *Keyring) VerifyFS(fsys fs.FS, name string, opts *Options) (*Verified, error) {
	f, err := modfile.OpenFS(fsys, name, opts.maxSize())
	return k.verifyFile(f, err, name, opts)
}

func (k *Keyring) verifyFile(f *modfile.File, err error, path string, opts *Options) (*Verified, error) {
	if err != nil {
		return nil, &Error{Path: path, Err: err}
	}
	defer f.Close()
	v, err := k.verifyOpen(f, opts)
	if err != nil {
		return nil, err.(*Error).in(path)
	}
	return v, nil
}

// verifyOpen verifies an open file. An uncompressed file with random access is
// read in pieces, its end first.
func (k *Keyring) verifyOpen(f *modfile.File, opts *Options) (*Verified, error) {
	content, err := f.Content()
	if err != nil {
		return nil, &Error{Err: err}
	}
	defer content.Release()
	if content.Size > opts.maxSize() {
		return nil, tooLarge(opts.maxSize())
	}
	return k.verify(module{content.ReaderAt, content.Size}, opts)
}

// VerifyData verifies a module, given the contents of its file, compressed or
// not. SignedSize refers to the uncompressed module.
func (k *Keyring) VerifyData(data []byte, opts *Options) (*Verified, error) {
	content, err := modfile.NewBytes(data, opts.maxSize()).Content()
	if err != nil {
		return nil, &Error{Err: err}
	}
	defer content.Release()
	return k.Verify(content.Bytes, opts)
}

func (o *Options) maxSize() int64 {
	if o == nil {
		return modinfo.DefaultMaxSize
	}
	return modfile.Limit(o.MaxSize)
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
