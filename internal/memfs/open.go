package memfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"
)

// info is the fs.FileInfo of a file or directory. None has a time, and all have
// the same mode.
type info struct {
	name string
	size int64
	mode fs.FileMode
}

// Info returns the tree's information about a file of the given name and size.
func Info(name string, size int64) fs.FileInfo { return info{name, size, 0o644} }

func dirInfo(name string) info { return info{path.Base(name), 0, fs.ModeDir | 0o755} }

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

// entry is an fs.DirEntry, whose size is determined when it is asked for.
type entry struct {
	fsys *FS
	path string
}

func (e entry) Name() string               { return path.Base(e.path) }
func (e entry) Info() (fs.FileInfo, error) { return e.fsys.Stat(e.path) }
func (e entry) String() string             { return fs.FormatDirEntry(e) }

func (e entry) IsDir() bool {
	_, isFile := e.fsys.files[e.path]
	return !isFile
}

func (e entry) Type() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir
	}
	return 0
}

// memory is an open file in memory.
type memory struct {
	info fs.FileInfo
	*bytes.Reader
}

// Open makes an open file of the given name and content.
func Open(name string, data []byte) fs.File {
	return &memory{Info(name, int64(len(data))), bytes.NewReader(data)}
}

func (m *memory) Stat() (fs.FileInfo, error) { return m.info, nil }
func (m *memory) Close() error               { return nil }

// openDir is an open directory.
type openDir struct {
	info  info
	fsys  *FS
	dir   string
	names []string
	next  int
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.info, nil }
func (*openDir) Close() error                 { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.dir, Err: errors.New("is a directory")}
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	left := d.names[d.next:]
	if n > 0 && len(left) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		left = left[:min(n, len(left))]
	}
	d.next += len(left)
	entries := make([]fs.DirEntry, len(left))
	for i, name := range left {
		entries[i] = entry{d.fsys, strings.TrimPrefix(d.dir+"/"+name, "./")}
	}
	return entries, nil
}
