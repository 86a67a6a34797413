// Package kernfs reads the small files in which a kernel shows its state, below
// /proc and /sys, and the kernel-wide settings among them. If other files are
// mounted in their place it returns errors, and neither hangs nor exhausts the
// memory.
package kernfs

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/openfile"
)

// maxFile bounds a small file of /proc or /sys.
const maxFile = 64 << 10

// Read reads a one-line file, without white space around it.
func Read(fsys fs.FS, name string) (string, error) {
	text, err := ReadText(fsys, name)
	return strings.TrimSpace(text), err
}

// ReadText reads a small file unchanged. A file that is not regular, or longer
// than any real one, is an error.
func ReadText(fsys fs.FS, name string) (string, error) {
	f, _, err := openfile.OpenFS(fsys, name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := openfile.ReadAll(nil, f, 0, maxFile) // sysfs claims a page, however large that is
	return string(data), err
}

// Gone reports whether an error means that the subject of a file no longer
// exists, or that the kernel has no such file.
func Gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV)
}

// Exists reports whether there is a file or directory of that name.
func Exists(fsys fs.FS, name string) bool {
	_, err := openfile.Mode(fsys, name)
	return err == nil
}

// IsElement reports whether a name can be that of one file in a directory, so that
// a path made with it does not lead elsewhere.
func IsElement(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.ContainsAny(name, "/\x00")
}

// maxName is more than the length of any name that a kernel has room for.
const maxName = 256

// OwnName returns the own name of an open module, by which a kernel knows it; "" if
// it states none that a kernel could have.
func OwnName(module interface{ ModuleName() (string, error) }) string {
	name, err := module.ModuleName()
	if err != nil || len(name) > maxName || !IsElement(name) {
		return ""
	}
	return name
}

// maxEntries bounds the entries that are read from one directory.
const maxEntries = 1 << 16

// ReadDir is fs.ReadDir with a limit, in no particular order.
func ReadDir(fsys fs.FS, dir string) ([]fs.DirEntry, error) {
	return openfile.ReadDir(fsys, dir, maxEntries)
}
