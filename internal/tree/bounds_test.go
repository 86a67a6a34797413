package tree

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestNameBound: names may have as many bytes as for the kernel, and no more.
func TestNameBound(t *testing.T) {
	root := layout{"root/file": "in"}.write(t)
	longest := strings.Repeat("none/", 818)
	longest += strings.Repeat("n", 4095-len(longest))
	for form, tree := range forms(t, root, false) {
		for name, want := range map[string]error{longest: fs.ErrNotExist, longest + "n": syscall.ENAMETOOLONG} {
			_, dirErr := tree.OpenDir(name)
			_, realErr := tree.Real(name)
			_, statErr := fs.Stat(tree.FS, name)
			if _, err := read(tree, name); !errors.Is(err, want) || !errors.Is(dirErr, want) ||
				!errors.Is(realErr, want) || !errors.Is(statErr, want) {
				t.Errorf("%d bytes, %s: %v, %v, %v, %v", len(name), form, err, dirErr, realErr, statErr)
			}
		}
	}
}

// TestPlaceBound: the same holds for the targets of names.
func TestPlaceBound(t *testing.T) {
	root := layout{"root/l": "-> " + strings.Repeat(long+"/", 8)}.write(t)
	dir, err := os.OpenRoot(root)
	for range 17 {
		if err == nil {
			err = dir.WriteFile("f", []byte("deep"), 0o644)
		}
		if err == nil {
			err = dir.Mkdir(long, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		above := dir
		dir, err = dir.OpenRoot(long)
		above.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	dir.Close()
	tree, _ := counted(t, root, false)
	for n, want := range map[int]error{6: nil, 7: nil, 8: syscall.ENAMETOOLONG} {
		name := "l/" + strings.Repeat(long+"/", n) + "f" // its place has two bytes more than n+8 names
		if got, err := read(tree, name); !errors.Is(err, want) || (got == "deep") != (want == nil) {
			t.Errorf("%d long names: %q, %v", n+8, got, err)
		}
	}
	if !tree.IsDir("l/" + strings.Repeat(long+"/", 7) + long) {
		t.Error("a place of the greatest length is not found")
	}
}

// TestDirDeep: directories for writing may also be as deep as the work allows.
func TestDirDeep(t *testing.T) {
	root := layout{"root/file": "in"}.write(t)
	tree := forms(t, root, false)["openat2"]
	name := strings.TrimSuffix(strings.Repeat("d/", 200), "/")
	dir, err := tree.MakeDir(name)
	if err != nil {
		t.Fatal(err)
	}
	dir.Close()
	if dir, err := tree.MakeDir(name + strings.Repeat("/d", 100)); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("300 directories: %v, %v", dir, err)
	}
}

// TestWorkBound: exactly the bound may be used.
func TestWorkBound(t *testing.T) {
	w := resolution{work: 32768 - 3}
	if err := w.chargeLook(place{name: "a/b/c"}); err != nil {
		t.Errorf("the last step: %v", err)
	}
	if err := w.charge(1); err != syscall.ELOOP {
		t.Errorf("more work: %v", err)
	}
}

// TestMachine: the tree of the machine itself takes valid names only, and no others
// that the system would take.
func TestMachine(t *testing.T) {
	for _, dir := range []string{"", "/"} {
		tree, err := Open(dir, false)
		if err != nil || tree.Show("etc/x") != "/etc/x" {
			t.Fatalf("%q: %v, %v", dir, tree, err)
		}
		for _, name := range []string{"", "/", "/etc", "../etc", "etc/..", "etc/", "./etc", "etc//x"} {
			_, openErr := tree.FS.Open(name)
			_, statErr := fs.Stat(tree.FS, name)
			for op, err := range map[string]error{"open": openErr, "stat": statErr} {
				pathErr := (*fs.PathError)(nil)
				if !errors.As(err, &pathErr) || pathErr.Op != op || pathErr.Path != name || pathErr.Err != fs.ErrInvalid {
					t.Errorf("%s %q: %v", op, name, err)
				}
			}
			if tree.IsDir(name) {
				t.Errorf("%q is a directory", name)
			}
		}
		below := strings.Trim(t.TempDir(), "/")
		if err := os.WriteFile("/"+below+"/file", []byte("text"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := read(tree, below+"/file"); got != "text" || err != nil || !tree.IsDir(below) || tree.IsDir(below+"/file") {
			t.Errorf("%s: %q, %v", below, got, err)
		}
		if err := errors.Join(tree.Close(), tree.Close()); err != nil {
			t.Error(err)
		}
	}
}
