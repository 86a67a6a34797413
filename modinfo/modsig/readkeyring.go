package modsig

import (
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/gokmod/gokmod/internal/openfile"
)

// ReadKeyring makes a keyring of files and directories of this machine. In a directory
// it reads the files whose names end in .pem, .crt, .cer, .der or .x509; see
// [ParseCertificates] for what they may contain. Each file and directory must have a
// certificate. The error is an *[Error] that names the file.
func ReadKeyring(paths ...string) (*Keyring, error) {
	return readKeyring(&source{
		stat: os.Stat, readDir: os.ReadDir,
		open: func(name string) (fs.File, fs.FileInfo, error) {
			f, info, err := openfile.Open(name)
			if err != nil {
				return nil, nil, err
			}
			return f, info, nil
		},
	}, paths)
}

// ReadKeyringFS is [ReadKeyring] for files and directories in fsys.
func ReadKeyringFS(fsys fs.FS, names ...string) (*Keyring, error) {
	return readKeyring(&source{
		stat:    func(name string) (fs.FileInfo, error) { return fs.Stat(fsys, name) },
		readDir: func(name string) ([]fs.DirEntry, error) { return fs.ReadDir(fsys, name) },
		open:    func(name string) (fs.File, fs.FileInfo, error) { return openfile.OpenFS(fsys, name) },
	}, names)
}

// source is where the files are.
type source struct {
	stat    func(name string) (fs.FileInfo, error)
	readDir func(name string) ([]fs.DirEntry, error)
	open    func(name string) (fs.File, fs.FileInfo, error)
	size    int64 // of everything read so far
}

func readKeyring(from *source, names []string) (*Keyring, error) {
	var certs []*Certificate
	for _, name := range names {
		found, err := from.read(name)
		if err != nil {
			return nil, err
		}
		certs = append(certs, found...)
		if len(certs) > maxCertificates {
			return nil, refuse(ErrCertificate, "there are too many of them").in(name)
		}
	}
	return NewKeyring(certs...), nil
}

// read reads the certificates of a file or a directory.
func (from *source) read(name string) ([]*Certificate, error) {
	info, err := from.stat(name)
	if err != nil {
		return nil, &Error{Path: name, Err: openfile.Cause(err)}
	}
	if info.IsDir() {
		return from.readDirectory(name)
	}
	return from.readFile(name)
}

func (from *source) readDirectory(name string) ([]*Certificate, error) {
	entries, err := from.readDir(name)
	if err != nil {
		return nil, &Error{Path: name, Err: openfile.Cause(err)}
	}
	var certs []*Certificate
	for _, e := range entries {
		if e.IsDir() || !isCertificateName(e.Name()) {
			continue
		}
		found, err := from.readFile(path.Join(name, e.Name()))
		if err != nil {
			return nil, err
		}
		certs = append(certs, found...)
	}
	if len(certs) == 0 {
		return nil, refuse(ErrNoCertificate, "").in(name)
	}
	return certs, nil
}

func isCertificateName(name string) bool {
	return slices.Contains([]string{".pem", ".crt", ".cer", ".der", ".x509"}, path.Ext(name))
}

// Bounds for a file of certificates, and for all files of a keyring, in bytes. All
// certificates that browsers trust have some hundred kilobytes.
const (
	maxFile    = 16 << 20
	maxKeyring = 64 << 20
)

func (from *source) readFile(name string) ([]*Certificate, error) {
	f, info, err := from.open(name)
	if err != nil {
		return nil, &Error{Path: name, Err: err}
	}
	defer f.Close()
	data, err := readAll(nil, f, info.Size(), maxFile)
	if err != nil {
		return nil, err.(*Error).in(name)
	}
	if from.size += int64(len(data)); from.size > maxKeyring {
		return nil, refuse(ErrCertificate, "there are too many of them").in(name)
	}
	certs, err := ParseCertificates(data)
	if err != nil {
		return nil, err.(*Error).in(name)
	}
	return certs, nil
}
