package sys

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps the first size bytes of f, which must not be zero. It fails on
// file systems without mappings; the caller then reads the file.
func mapFile(f HostFile, size int) (data []byte, err error) {
	mapIt := func(fd int) (err error) {
		data, err = unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_SHARED)
		return err
	}
	switch f := f.(type) {
	case interface{ descriptor() int }: // a *File that is not made of an os.File
		err = mapIt(f.descriptor())
	case *os.File:
		err = withDescriptor(f, mapIt)
	default:
		err = errors.ErrUnsupported
	}
	return data, err
}

// unmapFile undoes mapFile.
func unmapFile(data []byte) error { return unix.Munmap(data) }
