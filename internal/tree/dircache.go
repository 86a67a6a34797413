package tree

import (
	"path"
	"sync"
)

// maxDirs bounds the number of cached directories.
const maxDirs = 1 << 13

// dirCache caches the places of directories with links in their names or of their
// files, so that links on the way are followed once for all files. It is safe for
// concurrent use.
type dirCache struct {
	mu   sync.RWMutex
	dirs map[string]dirPlace
}

// dirPlace is the place of a directory.
type dirPlace struct {
	place
	links int // number followed on the way
	work  int // cost of finding it
}

func (c *dirCache) get(name string) (dirPlace, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	d, known := c.dirs[name]
	return d, known
}

func (c *dirCache) put(name string, d dirPlace) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dirs == nil || len(c.dirs) == maxDirs {
		c.dirs = map[string]dirPlace{}
	}
	c.dirs[name] = d
}

// forget drops a directory and those that contain it. It reports whether the
// directory was cached.
func (c *dirCache) forget(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.dirs[name]
	for ; name != "."; name = path.Dir(name) {
		delete(c.dirs, name)
	}
	return known
}
