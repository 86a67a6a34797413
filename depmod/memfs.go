package depmod

import (
	"io/fs"

	"github.com/gokmod/gokmod/internal/memfs"
)

// FS is a file system with the index files at its top, for kmod.Config.Indexes.
// The error is that of [Index.Files].
func (x *Index) FS() (fs.FS, error) {
	files, err := x.Files()
	if err != nil {
		return nil, err
	}
	fsys := memfs.New()
	for _, f := range files {
		if err := fsys.Add(f.Name, memfs.File{Data: f.Data}); err != nil {
			return nil, err
		}
	}
	return fsys, nil
}
