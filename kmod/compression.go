package kmod

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/gokmod/gokmod/internal/kernfs"
)

// kernelCodec is the codec that the kernel unpacks modules of, as
// /sys/module/compression names it. It stays the same until the next boot, and so
// is read once. That the file is missing counts only once /sys is mounted.
// It is safe for concurrent use; its zero value is ready.
type kernelCodec struct {
	mu    sync.Mutex
	known bool
	name  string
}

// get returns the codec, "" for none and where the kernel does not say.
func (c *kernelCodec) get(sys fs.FS) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		var err error
		c.name, err = kernfs.Read(sys, "module/compression")
		c.known = c.name != "" || errors.Is(err, fs.ErrNotExist) && kernfs.Exists(sys, "module")
	}
	return c.name
}
