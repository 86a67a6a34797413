//go:build !linux || gokmod_portable

package sys

import (
	"io/fs"
	"os"
)

// OpenAt opens what a name means to a process whose working directory is dir.
func OpenAt(dir *os.File, name string, flags int) (*os.File, error) {
	return os.OpenFile(pathAt(dir, name), flags, 0)
}

// StatAt is what a name means to a process whose working directory is dir.
func StatAt(dir *os.File, name string) (fs.FileInfo, error) { return os.Stat(pathAt(dir, name)) }

// ModeAt is the type of the file that a name means to a process whose working
// directory is dir.
func ModeAt(dir *os.File, name string) (fs.FileMode, error) {
	info, err := os.Stat(pathAt(dir, name))
	if err != nil {
		return 0, err
	}
	if kind := info.Mode().Type(); kind == 0 || kind == fs.ModeDir {
		return kind, nil
	}
	return fs.ModeIrregular, nil
}

// ReadLinkAt reads the symbolic link that a name means to a process whose
// working directory is dir. It reports false for what is not a link.
func ReadLinkAt(dir *os.File, name string) (text string, isLink bool, err error) {
	name = pathAt(dir, name)
	info, err := os.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return "", false, err
	}
	text, err = os.Readlink(name)
	return text, err == nil, err
}
