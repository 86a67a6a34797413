//go:build !linux

package sys

import (
	"io/fs"
	"os"
)

// StampOf returns the stamp of a regular file: size and time of the last
// change. It reports false when the FileInfo does not come from this system,
// and for other files.
func StampOf(info fs.FileInfo) (Stamp, bool) {
	if info.Sys() == nil || !info.Mode().IsRegular() {
		return Stamp{}, false
	}
	t := info.ModTime()
	return Stamp{Size: info.Size(), Mtime: Timestamp{t.Unix(), int64(t.Nanosecond())}}, true
}

// StampsIn returns the stamps of files in a folder. What is not a regular file,
// or not there, has the zero value.
func StampsIn(dir *os.File, names []string) []Stamp {
	stamps := make([]Stamp, len(names))
	for i, name := range names {
		if info, err := os.Lstat(dir.Name() + "/" + name); err == nil {
			stamps[i], _ = StampOf(info)
		}
	}
	return stamps
}
