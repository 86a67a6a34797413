package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/modinfo"
)

// strerror gives an error number as the C library does, whose texts begin with
// a capital.
func strerror(errno syscall.Errno) string {
	text := errno.Error()
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		return string(text[0]-'a'+'A') + text[1:]
	}
	return text
}

// reason gives the error in the words of the C library where it stands for an
// error number, else in its own.
func reason(err error) string {
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return strerror(errno)
	case errors.Is(err, fs.ErrNotExist):
		return strerror(syscall.ENOENT)
	case errors.Is(err, modinfo.ErrTooLarge):
		return strerror(syscall.EFBIG)
	}
	return err.Error()
}

// errNoData means that a module has no section of the requested kind. kmod
// reports it as ENODATA, which not every system has.
var errNoData = errors.New("no data available")

// fileReason is reason for a module file that cannot be read: one that is not a
// module is ENOEXEC, a damaged one EINVAL, one without the section ENODATA.
func fileReason(path string, err error) string {
	switch {
	case errors.Is(err, modinfo.ErrNoModinfo) || errors.Is(err, errNoData):
		return "No data available"
	case errors.Is(err, modinfo.ErrTooLarge) || !errors.Is(err, modinfo.ErrFormat):
		return reason(err)
	case isModule(path, err):
		return strerror(syscall.EINVAL)
	}
	return strerror(syscall.ENOEXEC)
}

// isModule reports whether a file that cannot be read is a module at least by
// its first bytes, in the distinction that kmod makes.
func isModule(path string, err error) bool {
	head := fileHead(path)
	switch decompress.Detect(head) {
	case decompress.None:
		return len(head) < 4 || string(head[:4]) == "\x7fELF"
	case decompress.Zstd:
		if unpack := (*decompress.Error)(nil); errors.As(err, &unpack) {
			return false
		}
	}
	return !errors.Is(err, modinfo.ErrNotELF)
}

// fileHead returns the first bytes of a file, as far as it can be read.
func fileHead(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, decompress.MagicSize)
	n, _ := f.ReadAt(head, 0)
	return head[:n]
}
