//go:build !linux

package sys

import (
	"io/fs"
	"os"
)

// OpenAt opens what a name means to a process whose working directory is dir.
func OpenAt(dir *os.File, name string, flags int) (*os.File, error) {
	return os.OpenFile(pathAt(dir, name), flags, 0)
}

// ModeAt is the type of the file that a name means to a process whose working
// directory is dir.
func ModeAt(dir *os.File, name string) (fs.FileMode, error) {
	info, err := os.Stat(pathAt(dir, name))
	if err != nil {
		return 0, err
	}
	return info.Mode().Type(), nil
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
