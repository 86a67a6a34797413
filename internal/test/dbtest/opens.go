package dbtest

import (
	"io/fs"
	"path"
	"sync"
)

// Opens is a file system that counts how often each file is opened.
type Opens struct {
	fs.FS
	mu    sync.Mutex
	Count map[string]int
}

func (o *Opens) Open(name string) (fs.File, error) {
	o.mu.Lock()
	o.Count[path.Base(name)]++
	o.mu.Unlock()
	return o.FS.Open(name)
}

// Stat keeps files from being opened for their size.
func (o *Opens) Stat(name string) (fs.FileInfo, error) { return fs.Stat(o.FS, name) }

// Of is how often a file was opened since the last time.
func (o *Opens) Of(name string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.Count[name]
	delete(o.Count, name)
	return n
}
