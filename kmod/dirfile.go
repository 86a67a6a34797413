package kmod

import (
	"io/fs"

	"github.com/gokmod/gokmod/internal/openfile"
)

// maxDirFile bounds the files that a kernel's build leaves in the module
// directory, such as modules.builtin.modinfo. Real ones have some hundreds of
// kilobytes.
const maxDirFile = 64 << 20

// readDirFile reads a file that the kernel's build left in the module directory.
func (db *DB) readDirFile(name string) ([]byte, error) {
	f, info, err := db.tree.OpenFile(db.dir + "/" + name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: db.file(name), Err: err}
	}
	defer f.Close()
	data, err := openfile.ReadAll(nil, f, info.Size(), maxDirFile)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: db.file(name), Err: err}
	}
	return data, nil
}
