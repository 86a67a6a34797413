package modsig

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/gokmod/gokmod/internal/compress"
	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/openfile"
)

// SignFile signs the module in a file of this machine, as [Signer.Sign] does. The file is
// replaced at once, with its permissions, owner and group; a symbolic link stays, and leads
// to the new one. If anything fails, the old file is unchanged.
//
// In a compressed file the module is signed, and packed again in the same format: as the
// kernel's build does, so that kernels that unpack the format can read it, but not with the
// options of the old file. An uncompressed file is read and written in pieces, whatever its
// size. A compressed one takes the size of the module up to three times.
//
// The error is an [*Error] that names the file. It wraps modinfo.ErrFormat if the file is
// not a module, modinfo.ErrTooLarge if it is larger than SignOptions.MaxSize, or the error
// of the file system.
func (s *Signer) SignFile(path string) error {
	return rewriteFile(path, s.opts.MaxSize, module.toSign, s.signTo)
}

// SignatureFile returns the bare signature of the module in a file, as [Signer.Signature]
// does: that of the uncompressed module without the signature that it may have.
func (s *Signer) SignatureFile(path string) (signature []byte, err error) {
	err = readFile(path, s.opts.MaxSize, func(f *modfile.File, content modfile.Content) error {
		m, err := module{content.ReaderAt, content.Size}.toSign()
		if err == nil {
			signature, err = s.Signature(io.NewSectionReader(m.r, 0, m.size))
		}
		return err
	})
	return signature, err
}

// StripFile removes the signature from the module in a file of this machine, as [Strip]
// does, and replaces the file as [Signer.SignFile] does. A file without a signature stays
// as it is. maxSize is as in SignOptions.
func StripFile(path string, maxSize int64) error {
	return rewriteFile(path, maxSize, module.stripSigned, func(w io.Writer, m module) error {
		_, err := m.copyTo(w)
		return err
	})
}

// errUnchanged ends the work on a file that stays as it is.
var errUnchanged = errors.New("nothing to do")

// stripSigned is strip for modules that are signed.
func (m module) stripSigned() (module, error) {
	body, err := m.strip()
	if err == nil && body.size == m.size {
		err = errUnchanged
	}
	return body, err
}

// signTo writes the signed module to w. What is written is what is signed, whatever happens
// to the file.
func (s *Signer) signTo(w io.Writer, body module) error {
	hash := s.hash.New()
	if _, err := body.copyTo(io.MultiWriter(w, hash)); err != nil {
		return err
	}
	signature, err := s.sign(hash.Sum(nil))
	if err == nil {
		_, err = w.Write(asTail(signature))
	}
	return err
}

// copyTo writes the module to w.
func (m module) copyTo(w io.Writer) (int64, error) {
	buf := pieces.Get().(*[piece]byte)
	defer pieces.Put(buf)
	n, err := io.CopyBuffer(w, io.NewSectionReader(m.r, 0, m.size), buf[:])
	if err == nil && n < m.size {
		err = io.ErrUnexpectedEOF // the file was cut meanwhile
	}
	return n, err
}

// readFile opens the module in a file and calls use with it.
func readFile(path string, maxSize int64, use func(*modfile.File, modfile.Content) error) error {
	limit := modfile.Limit(maxSize)
	f, err := modfile.Open(path, limit)
	if err != nil {
		return &Error{Path: path, Err: err}
	}
	defer f.Close()
	content, err := f.Content()
	if err != nil {
		return inFile(path, err)
	}
	defer content.Release()
	if content.Size > limit {
		return inFile(path, tooLarge(limit))
	}
	return inFile(path, use(f, content))
}

// inFile is an error about a file.
func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.in(path)
	}
	return &Error{Path: path, Err: openfile.Cause(err)}
}

// rewriteFile replaces a module file. part returns the part of the module that is kept, and
// write writes it with what follows it.
func rewriteFile(
	path string, maxSize int64, part func(module) (module, error), write func(io.Writer, module) error,
) error {
	err := readFile(path, maxSize, func(f *modfile.File, content modfile.Content) error {
		kept, err := part(module{content.ReaderAt, content.Size})
		if err != nil {
			return err
		}
		form, err := f.Form()
		if err != nil {
			return err
		}
		info, err := f.Descriptor().Stat()
		if err != nil {
			return err
		}
		return openfile.Replace(path, info.Mode().Perm(), true, func(out *os.File) error {
			if err := openfile.KeepOwner(out, info); err != nil {
				return err
			}
			if !form.Packed() {
				return write(out, kept)
			}
			return writePacked(out, form.Codec, kept, write)
		})
	})
	if errors.Is(err, errUnchanged) {
		return nil
	}
	return err
}

// usualSignature is more than most signatures have, in bytes.
const usualSignature = 1 << 10

// writePacked is write into a compressed file.
func writePacked(out io.Writer, codec decompress.Codec, kept module, write func(io.Writer, module) error) error {
	image := bytes.NewBuffer(make([]byte, 0, kept.size+usualSignature))
	if err := write(image, kept); err != nil {
		return err
	}
	return compress.Write(out, codec, image.Bytes())
}
