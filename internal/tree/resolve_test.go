package tree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/openfile"
)

// layout is a directory with a root and its outside: names with contents, or
// with "-> " and the target of a link, in which @ is the directory.
type layout map[string]string

// write writes a layout and returns its root, the directory root.
func (l layout) write(t testing.TB) string {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range l {
		name = filepath.Join(base, strings.ReplaceAll(name, "@", base))
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if link, ok := strings.CutPrefix(text, "-> "); ok && err == nil {
			if err := os.Symlink(strings.ReplaceAll(link, "@", base), name); err != nil {
				t.Skip("no symbolic links: ", err)
			}
		} else if err == nil {
			err = os.WriteFile(name, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(base, "root")
}

// forms are the trees of a root: with openat2 and without.
func forms(t testing.TB, root string, hostLinks bool) map[string]*Tree {
	t.Helper()
	all := map[string]*Tree{}
	for _, form := range []string{"openat2", "simple"} {
		tree, err := Open(root, hostLinks)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { tree.Close() })
		tree.root.simple.Store(form == "simple")
		all[form] = tree
	}
	return all
}

// read returns the content of the file that a name leads to, or the error.
func read(t *Tree, name string) (string, error) {
	data, err := fs.ReadFile(t.FS, name)
	return string(data), openfile.Cause(err)
}

// TestLinks reads files behind links, in trees without and with host links.
func TestLinks(t *testing.T) {
	root := layout{
		"root/usr/lib/file": "in", "root/lib": "-> /usr/lib", "root/rel": "-> usr/lib/file",
		"root/usr/lib/over": "-> ../../../../usr/lib/file", "root/dir/up": "-> ../usr",
		"root/self": "-> self", "root/abs": "-> /abs", "root/ping": "-> /pong", "root/pong": "-> /ping",
		"root/nowhere": "-> none", "root/gone": "-> /usr/none",
		"root/filed": "-> rel/../usr/lib/file", "root/filed2": "-> rel/.",
		// What is outside, below the directory that holds root.
		"out/file": "out", "out/lib/x": "out x", "root/away": "-> @/out", "root/awayfile": "-> @/out/file",
		"root/dir/climb": "-> ../../out/file", "root/both": "-> @/both/file",
		"root/@/both/file": "in both", "both/file": "out both",
		// A directory that contains the link, as for lib/modules/V/host ->
		// /lib/modules/V.
		"root/@/V/host": "-> @/V", "V/kernel": "out kernel", "root/@/W": "-> @/W", "W/kernel": "out W",
		"root/@/X/kernel": "in X", "root/@/X/here": "-> .", "root/@/X/above": "-> ..",
		// Links that lead through others.
		"root/chain": "-> /away/lib/x", "root/under": "-> away/../out/file", "root/two": "-> /gone/file",
		"root/pipe": "-> /dev/null", "root/top": "-> /", "root/gokmod-test": "in", "root/back": "-> @/root/usr/lib/file",
	}.write(t)
	base := strings.TrimPrefix(filepath.Dir(root), "/")
	for _, test := range []struct {
		name, off, on string // contents; or "!" and an error
	}{
		{"usr/lib/file", "in", "in"}, {"lib/file", "in", "in"}, {"rel", "in", "in"},
		{"usr/lib/over", "in", "in"}, {"dir/up/lib/file", "in", "in"}, {"lib/over", "in", "in"},
		{"self", "!loop", "!loop"}, {"abs", "!loop", "!none"}, {"ping", "!loop", "!none"},
		{"nowhere", "!none", "!none"}, {"gone", "!none", "!none"}, {"two", "!none", "!none"},
		{"filed", "!dir", "!dir"}, {"filed2", "!dir", "!dir"}, {"rel/x", "!dir", "!dir"},
		{"away/file", "!none", "out"}, {"awayfile", "!none", "out"}, {"away/lib/x", "!none", "out x"},
		{"away/none", "!none", "!none"}, {"dir/climb", "!none", "out"}, {"both", "in both", "in both"},
		{base + "/V/host/kernel", "!none", "out kernel"}, {base + "/V/kernel", "!none", "!none"},
		{base + "/V/host/host/kernel", "!none", "!none"}, {base + "/W/kernel", "!loop", "out W"},
		{base + "/X/here/kernel", "in X", "in X"}, {base + "/X/above/X/kernel", "in X", "in X"},
		{"chain", "!none", "out x"}, {"under", "!none", "out"}, {"pipe", "!none", "!special"},
		{"top/gokmod-test", "in", "!none"}, {"back", "!none", "in"},
	} {
		errs := map[string]error{
			"!loop": syscall.ELOOP, "!none": fs.ErrNotExist, "!dir": syscall.ENOTDIR, "!special": openfile.ErrNotRegular,
		}
		for _, hostLinks := range []bool{false, true} {
			want := test.off
			if hostLinks {
				want = test.on
			}
			for form, tree := range forms(t, root, hostLinks) {
				got, err := read(tree, test.name)
				if wrong := errs[want]; wrong != nil {
					want = ""
					if !errors.Is(err, wrong) {
						t.Errorf("%s, host links %v, %s: %v, want %v", test.name, hostLinks, form, err, wrong)
					}
				} else if err != nil {
					t.Errorf("%s, host links %v, %s: %v", test.name, hostLinks, form, err)
				}
				if got != want {
					t.Errorf("%s, host links %v, %s: got %q, want %q", test.name, hostLinks, form, got, want)
				}
				_, statErr := fs.Stat(tree.FS, test.name)
				if (statErr == nil) != (err == nil) && test.name != "pipe" {
					t.Errorf("%s, host links %v, %s: %v to open, %v to stat", test.name, hostLinks, form, err, statErr)
				}
				if want = test.off; hostLinks {
					want = test.on
				}
			}
		}
	}
}

// TestManyLinks: as many links are followed as by the kernel, and no more.
func TestManyLinks(t *testing.T) {
	l := layout{"root/l0": "in"}
	for i := 1; i <= 41; i++ {
		l["root/l"+string(rune('0'+i))] = "-> /l" + string(rune('0'+i-1))
	}
	root := l.write(t)
	for _, hostLinks := range []bool{false, true} {
		for form, tree := range forms(t, root, hostLinks) {
			if got, err := read(tree, "l"+string(rune('0'+40))); got != "in" {
				t.Errorf("40 links, %s: %q, %v", form, got, err)
			}
			if got, err := read(tree, "l"+string(rune('0'+41))); !errors.Is(err, syscall.ELOOP) {
				t.Errorf("41 links, %s: %q, %v", form, got, err)
			}
		}
	}
}

// TestOutside: whether a name leads out, and where to.
func TestOutside(t *testing.T) {
	root := layout{
		"root/dir/file": "in", "root/abs": "-> @/out", "root/dir/rel": "-> ../../out", "root/in": "-> /dir",
		"root/host": "-> /", "out/file": "out",
	}.write(t)
	base := filepath.Dir(root)
	tree := forms(t, root, true)["openat2"]
	for name, want := range map[string]string{
		".": "", "dir/file": "", "in/file": "", "none": "", "abs": base + "/out", "abs/file": base + "/out/file",
		"dir/rel/file": base + "/out/file", "host/file": "/file",
	} {
		if got, outside := tree.Outside(name); got != want || outside != (want != "") {
			t.Errorf("%s: %q, %v, want %q", name, got, outside, want)
		}
	}
	for name, want := range map[string]string{"in/file": root + "/dir/file", "abs/file": base + "/out/file"} {
		if got, err := tree.Real(name); got != want || err != nil {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
	if got, err := tree.Real("none/file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing name gives %q, %v", got, err)
	}
	t.Chdir(base)
	if got, outside := forms(t, "root", true)["openat2"].Outside("dir/rel/file"); got != "out/file" || !outside {
		t.Errorf("below a relative root: %q, %v", got, outside)
	}
	if _, outside := forms(t, root, false)["openat2"].Outside("abs"); outside {
		t.Error("a tree without host links has an outside")
	}
}

// TestReadLink: links on the way are followed, the last one is not.
func TestReadLink(t *testing.T) {
	root := layout{
		"root/dir/file": "in", "root/in": "-> /dir", "root/abs": "-> @/out",
		"root/dir/l": "-> file", "out/l": "-> out", "out/f": "x",
	}.write(t)
	for form, tree := range forms(t, root, true) {
		for name, want := range map[string]string{"dir/l": "file", "in/l": "file", "in": "/dir", "abs/l": "out"} {
			if got, err := fs.ReadLink(tree.FS, name); got != want || err != nil {
				t.Errorf("%s, %s: %q, %v", name, form, got, err)
			}
			if info, err := fs.Lstat(tree.FS, name); err != nil || info.Mode().Type() != fs.ModeSymlink {
				t.Errorf("%s, %s: %v, %v", name, form, info, err)
			}
		}
		for _, name := range []string{"abs/f", "dir/file", ".", "none", "../x"} {
			if got, err := fs.ReadLink(tree.FS, name); err == nil {
				t.Errorf("%s, %s: %q", name, form, got)
			}
		}
	}
}

// TestOutsideUp: ".." after a link of the host is above the link's target, both for
// reading and in the reported path.
func TestOutsideUp(t *testing.T) {
	root := layout{
		"root/away": "-> @/out", "root/under": "-> away/.././/near", "out": "-> deep/out", "deep/out/x": "x",
		"deep/near/file": "right", "deep/near/link": "-> file", "near/file": "wrong",
	}.write(t)
	for form, tree := range forms(t, root, true) {
		if got, err := read(tree, "under/file"); got != "right" {
			t.Errorf("%s: read is %q, %v", form, got, err)
		}
		outside, ok := tree.Outside("under/file")
		real, err := tree.Real("under/file")
		data, readErr := os.ReadFile(outside)
		if !ok || err != nil || real != outside || string(data) != "right" {
			t.Errorf("%s: it is in %s, %v, or %s, %v; there is %q, %v", form, outside, ok, real, err, data, readErr)
		}
		if info, err := fs.Lstat(tree.FS, "under/link"); err != nil || info.Mode().Type() != fs.ModeSymlink {
			t.Errorf("%s: the link is %v, %v", form, info, err)
		}
	}
}
