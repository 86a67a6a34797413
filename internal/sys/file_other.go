//go:build !linux || gokmod_portable

package sys

import "os"

// File is an open file.
type File struct{ *os.File }

// Open opens a path of the machine.
func Open(path string, flags int) (*File, error) {
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return nil, err
	}
	return &File{f}, nil
}

// Standard returns the same open file as an os.File.
func (f *File) Standard() *os.File { return f.File }
