//go:build !linux

package sys

import (
	"io/fs"
	"os"
)

// StampOf returns the stamp of a regular file: size and time of the last
// change. It reports false for other files, and if the FileInfo does not come
// from this system.
func StampOf(info fs.FileInfo) (Stamp, bool) {
	if info.Sys() == nil || !info.Mode().IsRegular() {
		return Stamp{}, false
	}
	t := info.ModTime()
	return Stamp{Size: info.Size(), Mtime: Timestamp{t.Unix(), int64(t.Nanosecond())}}, true
}

// StampsIn gets the stamps of files in a directory and calls found with each.
// Files that are not regular have the zero value. It stops at the first error
// of found.
func StampsIn(dir *os.File, names []string, found func(i int, s Stamp, err error) error) error {
	for i, name := range names {
		var s Stamp
		info, err := os.Lstat(dir.Name() + "/" + name)
		if err == nil {
			s, _ = StampOf(info)
		}
		if err := found(i, s, err); err != nil {
			return err
		}
	}
	return nil
}
