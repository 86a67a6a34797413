package tree

import (
	"path"
	"sync"
)

// maxDirs bounds the directories that are remembered.
const maxDirs = 1 << 13

// dirCache remembers where directories are whose names, or files, are links, so that
// those on the way are followed once for all files. It is safe for concurrent use.
type dirCache struct {
	mu   sync.RWMutex
	dirs map[string]dirPlace
}

// dirPlace is where a directory is.
type dirPlace struct {
	place
	links int // that were followed on the way
	work  int // that finding it took
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

// forget forgets a directory and those that hold it. It reports whether the directory
// was known.
func (c *dirCache) forget(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.dirs[name]
	for ; name != "."; name = path.Dir(name) {
		delete(c.dirs, name)
	}
	return known
}
