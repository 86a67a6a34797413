package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// content is what readers see of a directory: name to content; missing names
// are not in it.
type content map[string]string

var testNames = []string{"modules.dep", "modules.dep.bin", "modules.alias", "modules.symbols", "modules.devname"}

// read reads a set as any program would.
func read(t testing.TB, dir string) content {
	t.Helper()
	c := content{}
	for _, name := range testNames {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			c[name] = string(data)
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return c
}

// prepare makes a directory with an old set: files, a link, and a missing name.
func prepare(t testing.TB) (dir string, before content) {
	t.Helper()
	dir = t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "other"), []byte("stays"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "modules.order"), []byte("linked old"), 0o600))
	must(t, os.Symlink("modules.order", filepath.Join(dir, "modules.alias")))
	for _, name := range []string{"modules.dep", "modules.dep.bin", "modules.symbols"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("old "+name), 0o640))
	}
	return dir, read(t, dir)
}

// newFiles is a set that changes four files and makes one.
func newFiles(text string) ([]File, content) {
	var files []File
	after := content{}
	for _, name := range testNames {
		files = append(files, File{Name: name, Data: []byte(text + name)})
		after[name] = text + name
	}
	return files, after
}

// replaceAt is Replace for a path, with hooks.
func replaceAt(dir string, files []File, opts *Options, h hooks) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return replace(root, files, opts, h)
}

// recoverAt does for a path what Replace does at its start, with hooks. The error is
// about the first that has to stay, too.
func recoverAt(dir string, flush bool, h hooks) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return wrap(dir, Old, recoverDir(root, flush, h))
}

func recoverDir(root *os.Root, flush bool, h hooks) error {
	d, err := open(root, flush, h)
	if err != nil {
		return err
	}
	defer d.giveLock()
	if d.lock == nil {
		return errors.ErrUnsupported
	}
	stale, err := d.settleStale()
	if err != nil {
		return err
	}
	return d.removeStale(stale)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// plain fails if anything is left of a run, or if other files changed.
func plain(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		text, _ := os.Readlink(filepath.Join(dir, e.Name()))
		if e.IsDir() || text != "" && text != "modules.order" {
			t.Errorf("%s is left: %v %s", e.Name(), e.Type(), text)
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, "other")); string(data) != "stays" {
		t.Errorf("the other file has %q, %v", data, err)
	}
}

// crash allows no change after the first n.
func crash(n int) (hooks, *int) {
	count := new(int)
	return hooks{noFlush: true, step: func(op, name string) error {
		if *count++; *count > n {
			return fmt.Errorf("%s %s: %w", op, name, errStopped)
		}
		return nil
	}}, count
}

var errStopped = errors.New("stopped")

// without makes one operation always fail, as on lesser file systems.
func without(op string, h hooks) hooks {
	return hooks{noFlush: h.noFlush, noLock: h.noLock, step: func(o, name string) error {
		if o == op {
			return fs.ErrPermission
		}
		return h.before(o, name)
	}}
}

func (h hooks) before(op, name string) error {
	if h.step == nil {
		return nil
	}
	return h.step(op, name)
}

func same(a, b content) bool { return maps.Equal(a, b) }
