package depmod_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// linkOut is a root in which a name is a link to the same name in another tree, by
// way of ".." if up is set.
func linkOut(t *testing.T, name string, up bool) (root, host string) {
	t.Helper()
	base := t.TempDir()
	for _, dir := range []string{"root", "host"} {
		if err := os.Rename(modtest.Write(t, needTree("a: b", "b:")), filepath.Join(base, dir)); err != nil {
			t.Fatal(err)
		}
	}
	root, host = base+"/root", base+"/host"
	target := filepath.Join(host, name)
	if up {
		rel, err := filepath.Rel(filepath.Dir(filepath.Join(root, name)), target)
		if err != nil {
			t.Fatal(err)
		}
		target = rel
	}
	if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	// Leftovers of an interrupted run must stay.
	stale := filepath.Join(host, moduleDir, ".modules-0123456789abcdef")
	if err := os.Mkdir(stale, 0o755); err != nil {
		t.Fatal(err)
	}
	return root, host
}

// TestWriteOutside: if the module directory is outside the root, nothing is
// written or cleaned up.
func TestWriteOutside(t *testing.T) {
	ctx := context.Background()
	for _, name := range []string{"lib", "lib/modules", moduleDir} {
		for _, up := range []bool{false, true} {
			root, host := linkOut(t, name, up)
			before := listing(t, host)
			cfg := &depmod.Config{Root: root, Release: modtest.Release, HostLinks: true}
			index, err := depmod.Scan(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if paths := modulePaths(index); paths != "kernel/a.ko kernel/b.ko" {
				t.Errorf("%s, up %v: the modules are %s", name, up, paths)
			}
			if err := index.Write(nil); !errors.Is(err, depmod.ErrOutside) {
				t.Errorf("%s, up %v: writing gives %v", name, up, err)
			}
			if fresh, err := depmod.UpToDate(ctx, cfg); fresh || !errors.Is(err, depmod.ErrOutside) {
				t.Errorf("%s, up %v: up to date: %v, %v", name, up, fresh, err)
			}
			if err := index.WriteTo(root, "", nil); !errors.Is(err, depmod.ErrOutside) {
				t.Errorf("%s, up %v: writing below the root gives %v", name, up, err)
			}
			if after := listing(t, host); after != before {
				t.Errorf("%s, up %v: outside there is\n%s\nbefore\n%s", name, up, after, before)
			}
			cfg.HostLinks = false
			if index, err := depmod.Scan(ctx, cfg); err == nil {
				t.Errorf("%s, up %v: without host links the modules are %s", name, up, modulePaths(index))
			}
		}
	}
}

// TestWriteInside: links below the root do not lead out, whatever they would mean
// on the machine.
func TestWriteInside(t *testing.T) {
	for _, hostLinks := range []bool{false, true} {
		for _, target := range []string{"/usr/lib", "usr/lib", "../../../usr/lib"} {
			root := t.TempDir()
			if err := os.Rename(modtest.Write(t, needTree("a:")), root+"/usr"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, root+"/lib"); err != nil {
				t.Skip("no symbolic links: ", err)
			}
			cfg := &depmod.Config{Root: root, Release: modtest.Release, HostLinks: hostLinks}
			index, err := depmod.Scan(context.Background(), cfg)
			if err == nil {
				err = index.Write(nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			if data, err := os.ReadFile(root + "/usr/" + moduleDir + "/modules.dep"); string(data) != "kernel/a.ko:\n" {
				t.Errorf("%s: modules.dep is %q, %v", target, data, err)
			}
			if fresh, err := depmod.UpToDate(context.Background(), cfg); !fresh || err != nil {
				t.Errorf("%s: up to date: %v, %v", target, fresh, err)
			}
		}
	}
}

// TestWriteMoved: a directory that replaced the module directory after the scan is
// not written to.
func TestWriteMoved(t *testing.T) {
	for name, test := range map[string]struct {
		change func(dir, other string) error
		want   error
	}{
		"link out":          {func(dir, other string) error { return os.Symlink(other, dir) }, depmod.ErrOutside},
		"another directory": {func(dir, other string) error { return os.Mkdir(dir, 0o755) }, depmod.ErrMoved},
		"link to another":   {func(dir, other string) error { return os.Symlink("..", dir) }, depmod.ErrMoved},
		"nothing":           {func(dir, other string) error { return nil }, os.ErrNotExist},
	} {
		root, other := modtest.Write(t, needTree("a:")), modtest.Write(t, needTree("a:"))
		index := scanDir(t, root)
		dir := filepath.Join(root, moduleDir)
		if err := os.Rename(dir, dir+".away"); err != nil {
			t.Fatal(err)
		}
		if err := test.change(dir, filepath.Join(other, moduleDir)); err != nil {
			t.Fatal(err)
		}
		before := listing(t, root) + listing(t, other)
		if err := index.Write(nil); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if after := listing(t, root) + listing(t, other); after != before {
			t.Errorf("%s: there is\n%s\nbefore\n%s", name, after, before)
		}
	}
}

// TestWriteRace: another process keeps putting links in the way.
func TestWriteRace(t *testing.T) {
	root, host := modtest.Write(t, needTree("a:")), modtest.Write(t, needTree("a:"))
	index := scanDir(t, root)
	before := listing(t, host)
	dir, link := filepath.Join(root, "lib"), filepath.Join(root, "link")
	if err := os.Symlink(host+"/lib", link); err != nil {
		t.Skip("no symbolic links: ", err)
	}
	done := make(chan struct{})
	var swapping sync.WaitGroup
	swapping.Go(func() {
		for {
			os.Rename(dir, dir+".away")
			os.Rename(link, dir)
			os.Rename(dir, link)
			os.Rename(dir+".away", dir)
			select {
			case <-done:
				return
			default:
			}
		}
	})
	refused := 0
	for range 100 {
		if err := index.Write(nil); err != nil {
			refused++
		}
	}
	close(done)
	swapping.Wait()
	t.Logf("%d of 100 were refused", refused)
	if after := listing(t, host); after != before {
		t.Errorf("outside there is\n%s\nbefore\n%s", after, before)
	}
}

// TestWriteThrough: an index file that is a link is replaced, and its target is not
// touched.
func TestWriteThrough(t *testing.T) {
	root, outside := modtest.Write(t, needTree("a:")), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(outside, []byte("outside"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"modules.dep", "modules.alias.bin"} {
		name = filepath.Join(root, moduleDir, name)
		os.Remove(name)
		if err := os.Symlink(outside, name); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	if err := scanDir(t, root).Write(nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(filepath.Join(root, moduleDir, "modules.dep")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("modules.dep is %v, %v", info, err)
	}
	if data, err := os.ReadFile(outside); string(data) != "outside" {
		t.Errorf("outside there is %q, %v", data, err)
	}
}

// TestWriteTo writes below another root, which may not exist yet.
func TestWriteTo(t *testing.T) {
	ctx := context.Background()
	cfg := &depmod.Config{FS: needTree("a:"), Release: modtest.Release}
	index, err := depmod.Scan(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := index.Write(nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("writing into an fs.FS gives %v", err)
	}
	base := t.TempDir()
	outside := filepath.Join(base, "outside")
	for name, target := range map[string]string{
		"in/lib": "/usr/lib", "out/lib": outside, "up/lib": "../outside", "none/lib": "/none",
	} {
		name = filepath.Join(base, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.MkdirAll(outside, 0o755),
			os.Symlink(target, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(base, "in/usr/lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		root, dir string
		place     string
		err       error
	}{
		{"new/root", "", "new/root/" + moduleDir, nil},
		{"new/root", "/a/b", "new/root/a/b", nil},
		{"in", "", "in/usr/" + moduleDir, nil},
		{"out", "", "", depmod.ErrOutside},
		{"up", "", "", depmod.ErrOutside},
		{"none", "", "", depmod.ErrOutside},
		{"new", "../out", "", depmod.ErrOutside},
	} {
		root := filepath.Join(base, test.root)
		if fresh, err := depmod.UpToDateAt(ctx, cfg, root, test.dir); fresh || err != nil && test.dir != "../out" {
			t.Errorf("before, %s %s: up to date: %v, %v", test.root, test.dir, fresh, err)
		}
		if err := index.WriteTo(root, test.dir, nil); !errors.Is(err, test.err) {
			t.Errorf("%s %s: %v, want %v", test.root, test.dir, err, test.err)
		}
		if test.err != nil {
			continue
		}
		if data, err := os.ReadFile(filepath.Join(base, test.place, "modules.dep")); string(data) != "kernel/a.ko:\n" {
			t.Errorf("%s %s: modules.dep is %q, %v", test.root, test.dir, data, err)
		}
		if fresh, err := depmod.UpToDateAt(ctx, cfg, root, test.dir); !fresh || err != nil {
			t.Errorf("%s %s: up to date: %v, %v", test.root, test.dir, fresh, err)
		}
	}
	if entries, err := os.ReadDir(outside); len(entries) > 0 || err != nil {
		t.Errorf("outside there is %v, %v", entries, err)
	}
}
