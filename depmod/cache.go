package depmod

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/sys"
)

// cache is the results of earlier scans, in a file.
type cache struct {
	cfg     *Config
	key     string
	started time.Time
	old     *cacheData
	loaded  chan struct{} // closed once old is set
	used    int           // how many entries of old are used
}

// cacheData is the content of a cache file.
type cacheData struct {
	key     string // of the tree
	table   *symbols
	entries []cacheEntry
	encoded string // the table as encoded in the file
	symbols int    // number of symbols in the table then
}

// cacheEntry is a module file with its contribution to the index.
type cacheEntry struct {
	file  string
	stamp sys.Stamp
	record
	encoded string // as encoded in the file, "" if it is new
}

// openCache starts to read the cache file, if one is configured. An unusable
// file counts as an empty cache.
func (s *scanner) openCache() *cache {
	c := &cache{cfg: s.cfg, started: s.started, loaded: make(chan struct{})}
	if s.cfg.Cache == "" || s.cfg.Files != nil {
		close(c.loaded)
		return c
	}
	c.key = cacheKey(s.cfg, s.tree.Prefix, s.dir)
	go func() {
		defer close(c.loaded)
		openfile.Tidy(c.cfg.Cache)
		data, err := readCache(c.cfg.Cache)
		if err != nil || data.key != c.key {
			data = &cacheData{table: &symbols{}}
		}
		c.old = data
	}()
	return c
}

// cacheKey identifies the tree, and everything else that decides how a module
// is read.
func cacheKey(cfg *Config, prefix, dir string) string {
	if cfg.FS == nil {
		if abs, err := filepath.Abs(prefix); err == nil {
			prefix = abs
		}
	}
	return fmt.Sprintf("%q %q %d", prefix, dir, cfg.maxModuleSize())
}

// wait returns once the cache file has been read and closed. A scan waits for that
// however it ends.
func (c *cache) wait() { <-c.loaded }

// recall gives unchanged modules of an index their cached records.
func (c *cache) recall(x *Index) {
	c.wait()
	if c.old == nil {
		return
	}
	entries := make(map[string]*cacheEntry, len(c.old.entries))
	for i := range c.old.entries {
		entries[c.old.entries[i].file] = &c.old.entries[i]
	}
	for i := range x.modules {
		m := &x.modules[i]
		e := entries[m.file]
		if e == nil {
			continue
		}
		c.used++
		if e.stamp == m.stamp && m.stamp != (sys.Stamp{}) {
			m.record, m.cached = &e.record, e
			x.Effort.Cached++
		}
	}
	x.symbols = c.old.table
}

// save starts to replace the cache file, if there is anything new for it or
// anything obsolete in it. The returned function waits for the end.
func (c *cache) save(x *Index) (wait func()) {
	if c.old == nil {
		return func() {}
	}
	gain := c.used < len(c.old.entries)
	data := *c.old
	data.key, data.entries = c.key, make([]cacheEntry, 0, len(x.modules))
	for i := range x.modules {
		m := &x.modules[i]
		switch {
		case m.cached != nil:
			data.entries = append(data.entries, *m.cached)
		case m.record.badVersions == nil && c.keeps(m.stamp):
			gain = true
			data.entries = append(data.entries, cacheEntry{file: m.file, stamp: m.stamp, record: *m.record})
		}
	}
	if !gain {
		return func() {}
	}
	done := make(chan error, 1)
	go func() { done <- writeCache(c.cfg.Cache, &data) }()
	return func() {
		x.Effort.SaveErr = <-done
		x.Effort.Saved = x.Effort.SaveErr == nil
	}
}

// Margins before the start of a scan; see keeps.
const (
	fineMargin   = 50 * time.Millisecond
	coarseMargin = 2500 * time.Millisecond
)

// keeps reports whether the cache can tell from this stamp, of a file just
// read, that the file has not changed.
//
// A file that is changed right after it was read may keep its times: they come
// from a clock that ticks every few milliseconds, or on some file systems every
// second or two. Later changes are certain to show only if the last change was
// more than such a tick before the scan started.
//
// File system images that are built reproducibly have the same times, and
// perhaps inodes, in every version: whole seconds, the same for content and
// inode. For such files nothing can be told.
func (c *cache) keeps(s sys.Stamp) bool {
	none := sys.Timestamp{}
	switch {
	case s.Mtime == none, c.cfg.FS != nil && s.Inode == 0, s.Mtime == s.Ctime && s.Mtime.Nsec == 0:
		return false
	case s.Ctime != none && !c.past(s.Ctime):
		return false
	}
	return c.past(s.Mtime)
}

// past reports whether a time is far enough before the scan.
func (c *cache) past(t sys.Timestamp) bool {
	margin := fineMargin
	if t.Nsec == 0 {
		margin = coarseMargin
	}
	return time.Unix(t.Sec, t.Nsec).Before(c.started.Add(-margin))
}
