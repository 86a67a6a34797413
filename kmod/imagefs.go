package kmod

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// imageFS is the file system of an image. It does not change once it is made.
type imageFS struct {
	files map[string]*imageFile
	dirs  map[string][]string // the names in each folder, sorted at the first use
}

// imageFile is a file of an image, in memory or in the DB's tree.
type imageFile struct {
	data   []byte
	source *imageSource // nil for one in memory
}

func newImageFS() *imageFS {
	return &imageFS{files: map[string]*imageFile{}, dirs: map[string][]string{".": nil}}
}

// errTaken: two files are to have one name.
var errTaken = errors.New("the name is taken")

// add adds a file and the folders above it. The same file may be added twice.
func (i *imageFS) add(name string, f *imageFile) error {
	if err := checkImageName(name); err != nil {
		return err
	}
	if old := i.files[name]; old != nil {
		if old.source != nil && f.source != nil && old.source.file == f.source.file {
			return nil
		}
		return fmt.Errorf("%s: %w", printable(name), errTaken)
	}
	if _, taken := i.dirs[name]; taken {
		return fmt.Errorf("%s: %w", printable(name), errTaken)
	}
	if err := i.addDir(path.Dir(name)); err != nil {
		return err
	}
	i.files[name] = f
	i.enter(name)
	return nil
}

// addDir adds a folder and those above it.
func (i *imageFS) addDir(dir string) error {
	if _, known := i.dirs[dir]; known {
		return nil
	}
	if i.files[dir] != nil {
		return fmt.Errorf("%s: %w", printable(dir), errTaken)
	}
	if err := i.addDir(path.Dir(dir)); err != nil {
		return err
	}
	i.dirs[dir] = nil
	i.enter(dir)
	return nil
}

// enter notes a name in its folder.
func (i *imageFS) enter(name string) {
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	at, _ := slices.BinarySearch(i.dirs[dir], base)
	i.dirs[dir] = slices.Insert(i.dirs[dir], at, base)
}

// Open implements fs.FS.
func (i *imageFS) Open(name string) (fs.File, error) {
	if names, ok := i.dirs[name]; ok {
		return &imageDir{imageInfo: dirInfo(name), fsys: i, dir: name, names: names}, nil
	}
	f := i.files[name]
	switch {
	case f == nil && !fs.ValidPath(name):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	case f == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case f.source != nil:
		return f.source.open(path.Base(name))
	}
	return inMemory(path.Base(name), f.data), nil
}

// OpensNonblocking implements openfile.Nonblocking.
func (*imageFS) OpensNonblocking() {}

// Stat implements fs.StatFS.
func (i *imageFS) Stat(name string) (fs.FileInfo, error) {
	if _, ok := i.dirs[name]; ok {
		return dirInfo(name), nil
	}
	f := i.files[name]
	switch {
	case f == nil:
		return i.statOf(i.Open(name)) // for the error
	case f.source != nil:
		size, err := f.source.size()
		return imageInfo{path.Base(name), size, 0o644}, err
	}
	return imageInfo{path.Base(name), int64(len(f.data)), 0o644}, nil
}

func (*imageFS) statOf(f fs.File, err error) (fs.FileInfo, error) {
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

// imageInfo is the fs.FileInfo of a file or folder.
type imageInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func dirInfo(name string) imageInfo { return imageInfo{path.Base(name), 0, fs.ModeDir | 0o755} }

func (i imageInfo) Name() string       { return i.name }
func (i imageInfo) Size() int64        { return i.size }
func (i imageInfo) Mode() fs.FileMode  { return i.mode }
func (i imageInfo) ModTime() time.Time { return time.Time{} }
func (i imageInfo) IsDir() bool        { return i.mode.IsDir() }
func (i imageInfo) Sys() any           { return nil }

// imageEntry is an fs.DirEntry, whose size is found out when it is asked for.
type imageEntry struct {
	fsys *imageFS
	path string
}

func (e imageEntry) Name() string               { return path.Base(e.path) }
func (e imageEntry) IsDir() bool                { return e.fsys.files[e.path] == nil }
func (e imageEntry) Info() (fs.FileInfo, error) { return e.fsys.Stat(e.path) }
func (e imageEntry) String() string             { return fs.FormatDirEntry(e) }
func (e imageEntry) Type() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir
	}
	return 0
}

// imageMemory is an open file in memory.
type imageMemory struct {
	info imageInfo
	*bytes.Reader
}

func inMemory(name string, data []byte) *imageMemory {
	return &imageMemory{imageInfo{name, int64(len(data)), 0o644}, bytes.NewReader(data)}
}

func (f *imageMemory) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *imageMemory) Close() error               { return nil }

// imageDir is an open folder.
type imageDir struct {
	imageInfo
	fsys  *imageFS
	dir   string
	names []string
	next  int
}

func (d *imageDir) Stat() (fs.FileInfo, error) { return d.imageInfo, nil }
func (*imageDir) Close() error                 { return nil }

func (d *imageDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.dir, Err: errors.New("it is a folder")}
}

// ReadDir implements fs.ReadDirFile.
func (d *imageDir) ReadDir(n int) ([]fs.DirEntry, error) {
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
		entries[i] = imageEntry{d.fsys, strings.TrimPrefix(d.dir+"/"+name, "./")}
	}
	return entries, nil
}
