package depmod

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// changingTree is a module directory that changes at random, with a cache file
// beside it.
type changingTree struct {
	*testing.T
	rnd   *rand.Rand
	root  string
	dir   string
	cache string
}

// TestCacheChanges: whatever happens to a tree and to the cache file, a scan
// with the cache finds what a scan without it does.
func TestCacheChanges(t *testing.T) {
	steps := 3000
	if testing.Short() {
		steps = 150
	}
	// If the clock is ahead, everything goes into the cache at once, and files'
	// times must differ for a change to be noticed.
	for name, ahead := range map[string]time.Duration{"clock": 0, "clock ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			c := &changingTree{T: t, rnd: rand.New(rand.NewPCG(1, uint64(ahead))), root: root}
			c.dir = filepath.Join(root, "lib/modules", modtest.Release)
			c.cache = filepath.Join(root, "cache")
			for _, dir := range []string{"kernel/a", "kernel/b", "updates"} {
				c.check(os.MkdirAll(filepath.Join(c.dir, dir), 0o755))
			}
			cached := 0
			for range steps {
				what := c.change()
				if ahead > 0 {
					c.tick()
				}
				cached += c.compare(what, ahead)
			}
			// With the real clock, how many did depends on the machine.
			if ahead > 0 && cached < steps {
				t.Errorf("in %d scans %d modules came from the cache", steps, cached)
			}
		})
	}
}

func (c *changingTree) check(err error) {
	c.Helper()
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
		c.Fatal(err)
	}
}

// tick waits for the file system's clock to advance.
func (c *changingTree) tick() {
	probe := filepath.Join(c.root, "probe")
	var first time.Time
	for {
		c.check(os.WriteFile(probe, nil, 0o644))
		info, err := os.Stat(probe)
		c.check(err)
		if first.IsZero() {
			first = info.ModTime()
		} else if !info.ModTime().Equal(first) {
			return
		}
		c.check(os.Chmod(probe, 0o600))
	}
}

// compare scans with and without the cache, and returns how many modules came
// from it.
func (c *changingTree) compare(what string, ahead time.Duration) int {
	cfg := Config{Root: c.root, Release: modtest.Release}
	want, wantErr := Scan(context.Background(), &cfg)
	cfg.Cache = c.cache
	got, err := scanFrom(context.Background(), &cfg, time.Now().Add(ahead))
	if fmt.Sprint(err) != fmt.Sprint(wantErr) {
		c.Fatalf("after %s: %v, want %v", what, err, wantErr)
	}
	if err != nil {
		return 0
	}
	if g, w := fmt.Sprintf("%q", got.Report), fmt.Sprintf("%q", want.Report); g != w {
		c.Fatalf("after %s the report is\n%s\nwant\n%s", what, g, w)
	}
	if got.Effort.Read+got.Effort.Cached < len(got.modules) || got.Effort.SaveErr != nil {
		c.Fatalf("after %s the effort was %+v", what, got.Effort)
	}
	files, err := got.Files()
	c.check(err)
	wantFiles, err := want.Files()
	c.check(err)
	for i, f := range files {
		if !bytes.Equal(f.Data, wantFiles[i].Data) {
			c.Fatalf("after %s %s is\n%q\nwant\n%q", what, f.Name, f.Data, wantFiles[i].Data)
		}
	}
	return got.Effort.Cached
}

// module makes the file of a random module, one of few so that they depend on
// each other.
func (c *changingTree) module() []byte {
	symbols := func(n int) []string {
		var names []string
		for range c.rnd.IntN(n) {
			names = append(names, fmt.Sprintf("symbol%d", c.rnd.IntN(20)))
		}
		slices.Sort(names)
		return slices.Compact(names)
	}
	var needs []string
	if c.rnd.IntN(4) == 0 { // rarely, so that there are few cycles
		needs = symbols(3)
	}
	m := modtest.Named("m", symbols(4), needs)
	for i := range m.Versions {
		m.Versions[i].CRC += uint32(c.rnd.IntN(2))
	}
	for range c.rnd.IntN(3) {
		m.Modinfo = append(m.Modinfo, fmt.Sprintf("alias=pci:v%d*", c.rnd.IntN(10)))
	}
	if c.rnd.IntN(5) == 0 {
		m.Modinfo = append(m.Modinfo, "alias=bad one", "alias=good", "softdep=pre: x", "weakdep=y")
	}
	return m.Build()
}

// place returns a path for a module, which may be taken.
func (c *changingTree) place() string {
	dirs := []string{"kernel/a", "kernel/b", "updates", "kernel/moved"}
	return filepath.Join(c.dir, dirs[c.rnd.IntN(len(dirs))], fmt.Sprintf("m%d.ko", c.rnd.IntN(16)))
}

// pick returns an existing module file, if there is one.
func (c *changingTree) pick() string {
	all, err := filepath.Glob(c.dir + "/*/*.ko*")
	c.check(err)
	more, err := filepath.Glob(c.dir + "/*/*/*.ko*")
	c.check(err)
	if all = append(all, more...); len(all) == 0 {
		return c.place()
	}
	return all[c.rnd.IntN(len(all))]
}

// change changes the tree at random, and describes the change.
func (c *changingTree) change() string {
	changes := []struct {
		name string
		do   func()
	}{
		{"adding", func() { c.check(os.WriteFile(c.place(), c.module(), 0o644)) }},
		{"adding another", func() { c.check(os.WriteFile(c.place(), c.module(), 0o644)) }},
		{"removing", func() { c.check(os.Remove(c.pick())) }},
		{"changing", func() { c.overwrite(c.pick(), false) }},
		{"changing and setting the time back", func() { c.overwrite(c.pick(), true) }},
		{"touching", func() { c.touch(c.pick()) }},
		{"renaming", func() { c.check(os.Rename(c.pick(), c.place())) }},
		{"swapping", c.swap},
		{"compressing", c.compress},
		{"moving a directory", func() {
			a, b := filepath.Join(c.dir, "kernel/a"), filepath.Join(c.dir, "kernel/moved")
			if os.Rename(a, b) != nil {
				c.check(os.Rename(b, a))
			}
		}},
		{"linking", func() { c.check(os.Symlink(c.relative(c.pick()), c.place())) }},
		{"linking hard", func() {
			if from := c.pick(); c.regular(from) {
				c.check(os.Link(from, c.place()))
			}
		}},
		{"linking a directory", func() {
			if link := filepath.Join(c.dir, "kernel/link"); os.Symlink("../updates", link) != nil {
				c.check(os.Remove(link))
			}
		}},
		{"damaging", func() { c.check(os.WriteFile(c.place(), []byte("no module"), 0o644)) }},
		{"damaging the cache", c.damage},
		{"another order", func() {
			text := fmt.Sprintf("kernel/a/m%d.ko\nkernel/b/m%d.ko\n", c.rnd.IntN(16), c.rnd.IntN(16))
			c.check(os.WriteFile(filepath.Join(c.dir, "modules.order"), []byte(text), 0o644))
		}},
		{"nothing", func() {}},
	}
	what := changes[c.rnd.IntN(len(changes))]
	what.do()
	return what.name
}

func (c *changingTree) regular(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

// relative is the target of a link to a file in the tree, as it is resolved
// below the root.
func (c *changingTree) relative(name string) string { return strings.TrimPrefix(name, c.root) }

// overwrite changes a file's content but not its size.
func (c *changingTree) overwrite(name string, turnBack bool) {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	data, err := os.ReadFile(name)
	c.check(err)
	for _, letters := range []string{"pci:", "usb:", "symbol1", "symbol2"} {
		if at := bytes.Index(data, []byte(letters)); at >= 0 {
			data[at+c.rnd.IntN(len(letters))] ^= 1
			break
		}
	}
	c.check(os.WriteFile(name, data, 0o644))
	if turnBack {
		c.check(os.Chtimes(name, time.Time{}, info.ModTime()))
	}
}

// touch sets a file's time to a random one, possibly earlier than it was.
func (c *changingTree) touch(name string) {
	at := time.Unix(int64(1e9+c.rnd.IntN(3)), int64(c.rnd.IntN(3)))
	if c.rnd.IntN(2) == 0 {
		at = time.Now()
	}
	if c.regular(name) {
		c.check(os.Chtimes(name, at, at))
	}
}

func (c *changingTree) swap() {
	a, b, tmp := c.pick(), c.pick(), filepath.Join(c.dir, "tmp")
	if a != b && c.regular(a) && c.regular(b) {
		c.check(os.Rename(a, tmp))
		c.check(os.Rename(b, a))
		c.check(os.Rename(tmp, b))
	}
}

// compress replaces a file with a compressed one.
func (c *changingTree) compress() {
	name := c.pick()
	data, err := os.ReadFile(name)
	if err != nil || strings.HasSuffix(name, ".gz") {
		return
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	c.check(w.Close())
	c.check(os.WriteFile(name+".gz", b.Bytes(), 0o644))
	c.check(os.Remove(name))
}

// damage damages the cache file.
func (c *changingTree) damage() {
	data, err := os.ReadFile(c.cache)
	if err != nil || len(data) == 0 {
		return
	}
	switch at := c.rnd.IntN(len(data)); c.rnd.IntN(3) {
	case 0:
		data = data[:at]
	case 1:
		data[at] ^= 1 << c.rnd.IntN(8)
	case 2:
		data = append(data, 0)
	}
	c.check(os.WriteFile(c.cache, data, 0o644))
}
