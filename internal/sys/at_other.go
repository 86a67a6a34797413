//go:build !linux || gokmod_portable

package sys

import (
	"io/fs"
	"os"
)

// OpenAt opens a name as a process with the working directory dir resolves it.
func OpenAt(dir *os.File, name string, flags int) (*File, error) {
	return Open(pathAt(dir, name), flags)
}

// StatAt describes the file of a name as a process with the working directory
// dir resolves it.
func StatAt(dir *os.File, name string) (fs.FileInfo, error) { return os.Stat(pathAt(dir, name)) }

// ModeAt returns the type of the file of a name as a process with the working
// directory dir resolves it.
func ModeAt(dir *os.File, name string) (fs.FileMode, error) {
	return ModeOf(pathAt(dir, name))
}

// ModeOf is ModeAt for a path of the machine.
func ModeOf(path string) (fs.FileMode, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if kind := info.Mode().Type(); kind == 0 || kind == fs.ModeDir {
		return kind, nil
	}
	return fs.ModeIrregular, nil
}

// ReadLinkAt reads a symbolic link, whose name is resolved as by a process with
// the working directory dir. It reports false if the name is not a link.
func ReadLinkAt(dir *os.File, name string) (text string, isLink bool, err error) {
	name = pathAt(dir, name)
	info, err := os.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return "", false, err
	}
	text, err = os.Readlink(name)
	return text, err == nil, err
}
