package kmod

import "github.com/gokmod/gokmod/internal/moddir"

// maxDirFile bounds the files that a kernel's build leaves in the module
// directory, such as modules.builtin.modinfo. Real ones have some hundreds of
// kilobytes.
const maxDirFile = 64 << 20

// readDirFile reads a file that the kernel's build left in the module directory.
func (db *DB) readDirFile(name string) ([]byte, error) {
	return moddir.Dir{Tree: db.tree, Name: db.dir}.ReadFile(name, maxDirFile)
}
