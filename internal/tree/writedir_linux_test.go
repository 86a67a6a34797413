package tree

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// TestMakeDirMode: the permissions of a new directory are left to the umask, except
// that others cannot write.
func TestMakeDirMode(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	root := layout{"root/usr/file": "in", "root/lib": "-> /usr"}.write(t)
	host, err := Open("/", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, tree := range []*Tree{forms(t, root, false)["openat2"], host} {
		name := "lib/modules/v"
		if tree == host {
			name = root[1:] + "/host/modules"
		}
		dir, err := tree.MakeDir(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{dir.Name(), filepath.Dir(dir.Name())} {
			if info, err := os.Stat(name); err != nil || info.Mode() != os.ModeDir|0o755 {
				t.Errorf("%s is %v, %v", name, info, err)
			}
		}
		dir.Close()
	}
}

// TestMakeDirTogether: all processes that make the same directories get them.
func TestMakeDirTogether(t *testing.T) {
	root := layout{"root/usr/file": "in", "root/lib": "-> /usr"}.write(t)
	tree := forms(t, root, false)["simple"]
	for range 20 {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				dir, err := tree.MakeDir("lib/a/b/c/d")
				if err != nil {
					t.Error(err)
					return
				}
				dir.Close()
			})
		}
		all.Wait()
		if err := os.RemoveAll(root + "/usr/a"); err != nil {
			t.Fatal(err)
		}
	}
}
