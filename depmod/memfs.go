package depmod

import (
	"context"
	"io/fs"

	"github.com/gokmod/gokmod/internal/memfs"
)

// IndexFS is [Scan] and [Index.FS] in one: the index files for a directory of modules that
// has none, such as that of a small device or what a build left, for
// kmod.Config.Indexes. Nothing is written. Config.ModuleDir names the directory, which
// needs neither modules.order nor modules.builtin, nor directories within it.
func IndexFS(ctx context.Context, cfg *Config) (fs.FS, error) {
	index, err := Scan(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return index.FS()
}

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
