package depmod

import (
	"bytes"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// FS is a file system with the index files at its top, for kmod.Config.Indexes.
// The error is that of [Index.Files].
func (x *Index) FS() (fs.FS, error) {
	files, err := x.Files()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return memFS(files), nil
}

// memFS is a folder of files in memory, in the order of their names.
type memFS []File

// Open implements fs.FS.
func (m memFS) Open(name string) (fs.File, error) {
	if name == "." {
		return &memDir{files: m}, nil
	}
	for _, f := range m {
		if f.Name == name {
			return &memFile{memInfo: memInfo{name, int64(len(f.Data)), 0o444}, Reader: bytes.NewReader(f.Data)}, nil
		}
	}
	err := fs.ErrNotExist
	if !fs.ValidPath(name) {
		err = fs.ErrInvalid
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: err}
}

// OpensNonblocking implements openfile.Nonblocking.
func (memFS) OpensNonblocking() {}

// memInfo is the fs.FileInfo and the fs.DirEntry of a file or the folder.
type memInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func (i memInfo) Name() string               { return i.name }
func (i memInfo) Size() int64                { return i.size }
func (i memInfo) Mode() fs.FileMode          { return i.mode }
func (i memInfo) Type() fs.FileMode          { return i.mode.Type() }
func (i memInfo) ModTime() time.Time         { return time.Time{} }
func (i memInfo) IsDir() bool                { return i.mode.IsDir() }
func (i memInfo) Sys() any                   { return nil }
func (i memInfo) Info() (fs.FileInfo, error) { return i, nil }
func (i memInfo) Stat() (fs.FileInfo, error) { return i, nil }
func (i memInfo) Close() error               { return nil }

// memFile is an open file.
type memFile struct {
	memInfo
	*bytes.Reader
}

// Size is there twice in what memFile is made of.
func (f *memFile) Size() int64 { return f.memInfo.size }

// memDir is the open folder.
type memDir struct {
	files memFS
	next  int
}

func (*memDir) Stat() (fs.FileInfo, error) { return memInfo{".", 0, fs.ModeDir | 0o555}, nil }
func (*memDir) Close() error               { return nil }

func (*memDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: ".", Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (d *memDir) ReadDir(n int) ([]fs.DirEntry, error) {
	left := d.files[d.next:]
	if n > 0 && len(left) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		left = left[:min(n, len(left))]
	}
	d.next += len(left)
	entries := make([]fs.DirEntry, len(left))
	for i, f := range left {
		entries[i] = memInfo{f.Name, int64(len(f.Data)), 0o444}
	}
	return entries, nil
}
