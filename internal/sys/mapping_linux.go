package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps the first size bytes of f, which must not be zero. It fails on
// file systems without mappings; the caller then reads the file.
func mapFile(f *os.File, size int) ([]byte, error) {
	var data []byte
	err := withDescriptor(f, func(fd int) (err error) {
		data, err = unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_SHARED)
		return err
	})
	return data, err
}

// unmapFile undoes mapFile.
func unmapFile(data []byte) error { return unix.Munmap(data) }
