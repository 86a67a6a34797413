package kmodtest

import (
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
)

// filesystem is /proc or /sys: files are made when they are opened, and have
// the state of that moment. The lock is held while nodes are visited.
type filesystem struct {
	lock *sync.Mutex
	root *node
	size int64 // claimed by all files, as in the real kernel
}

// node is a file, with its text, or a directory.
type node struct {
	text  func() string
	perm  fs.FileMode
	names func() []string
	child func(name string) *node // nil if there is none
}

// file is a node that anyone may read.
func file(text func() string) *node { return &node{text: text, perm: 0o444} }

// word is a file of one line.
func word(s string) *node { return file(func() string { return s + "\n" }) }

// dir is a directory with the given children, except those that are nil.
func dir(children map[string]*node) *node {
	names := func() []string {
		var names []string
		for name, child := range children {
			if child != nil {
				names = append(names, name)
			}
		}
		return names
	}
	return &node{names: names, child: func(name string) *node { return children[name] }}
}

// Open implements fs.FS.
func (f filesystem) Open(name string) (fs.File, error) {
	info, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return &openDir{fileInfo: info}, nil
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	return &openFile{strings.NewReader(info.node.text()), info}, nil
}

// Stat implements fs.StatFS.
func (f filesystem) Stat(name string) (fs.FileInfo, error) { return f.find("stat", name) }

// find walks to a node.
func (f filesystem) find(op, name string) (fileInfo, error) {
	info := fileInfo{f, f.root, "."}
	if !fs.ValidPath(name) {
		return info, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return info, nil
	}
	f.lock.Lock()
	defer f.lock.Unlock()
	for element := range strings.SplitSeq(name, "/") {
		var next *node
		if info.IsDir() {
			next = info.node.child(element)
		}
		if next == nil {
			return info, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
		}
		info.node, info.name = next, element
	}
	return info, nil
}

// fileInfo is a node's fs.FileInfo and fs.DirEntry.
type fileInfo struct {
	fsys filesystem
	node *node
	name string
}

func (i fileInfo) Name() string               { return i.name }
func (i fileInfo) IsDir() bool                { return i.node.child != nil }
func (i fileInfo) Type() fs.FileMode          { return i.Mode().Type() }
func (i fileInfo) Info() (fs.FileInfo, error) { return i, nil }
func (i fileInfo) ModTime() time.Time         { return time.Time{} }
func (i fileInfo) Sys() any                   { return nil }

func (i fileInfo) Mode() fs.FileMode {
	if i.IsDir() {
		return fs.ModeDir | 0o755
	}
	return i.node.perm
}

func (i fileInfo) Size() int64 {
	if i.IsDir() {
		return 0
	}
	return i.fsys.size
}

// list returns the children by name.
func (i fileInfo) list() []fs.DirEntry {
	i.fsys.lock.Lock()
	defer i.fsys.lock.Unlock()
	var entries []fs.DirEntry
	for _, name := range slices.Sorted(slices.Values(i.node.names())) {
		if child := i.node.child(name); child != nil {
			entries = append(entries, fileInfo{i.fsys, child, name})
		}
	}
	return entries
}

type openFile struct {
	*strings.Reader
	info fileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	fileInfo
	listed  bool
	entries []fs.DirEntry
}

func (f *openDir) Stat() (fs.FileInfo, error) { return f.fileInfo, nil }
func (f *openDir) Close() error               { return nil }

func (f *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (f *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if !f.listed {
		f.listed, f.entries = true, f.list()
	}
	if n <= 0 {
		n = len(f.entries)
	} else if len(f.entries) == 0 {
		return nil, io.EOF
	}
	some := f.entries[:min(n, len(f.entries))]
	f.entries = f.entries[len(some):]
	return some, nil
}
