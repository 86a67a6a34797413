package fileset

import (
	"bytes"
	"errors"
	"io/fs"
)

// equal reports whether all files are in place already.
func (d *disk) equal(files []File) bool {
	for _, f := range files {
		if !d.equalFile(f) {
			return false
		}
	}
	return true
}

// equalFile takes what cannot be read for different.
func (d *disk) equalFile(f File) bool {
	info, err := d.root.Lstat(f.Name)
	if f.Remove {
		return errors.Is(err, fs.ErrNotExist)
	}
	if f.Mode == 0 {
		f.Mode = 0o644
	}
	if err != nil || info.Mode() != f.Mode.Perm() || info.Size() != int64(len(f.Data)) {
		return false
	}
	data, err := d.root.ReadFile(f.Name)
	return err == nil && bytes.Equal(data, f.Data)
}
