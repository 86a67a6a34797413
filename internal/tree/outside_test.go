package tree

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"
	"testing"
)

// TestHostPath: the reported path of a file outside is the machine's path.
func TestHostPath(t *testing.T) {
	root := layout{
		"root/top": "-> /", "root/l": "-> @/out", "root/up": "-> ../out/file", "root/by": "-> ../deep/link/../file",
		"root/gone": "-> ../none/../file", "root/sub/up": "-> ../../out//file/",
		"root/lastlink": "-> ../deep/../deep/link",
		"root/dotted":   "-> @/out/..file", "out/file": "out", "deep/link": "-> ../far/away", "far/away/x": "x",
		"far/file": "far",
		"root/in":  "-> /sub",
	}.write(t)
	base := filepath.Dir(root)
	for _, slash := range []string{"", "/"} {
		tree, err := Open(root+slash, true)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"top": "/", "top/x": "/x", "l": base + "/out", "l/a/b": base + "/out/a/b",
			"up": base + "/out/file", "by": base + "/far/file",
			"gone": root + "/./../none/../file", "sub/up": base + "/out/file", "lastlink": base + "/deep/link",
			"dotted": base + "/out/..file", "in/up": base + "/out/file",
		} {
			got, outside := tree.Outside(name)
			real, err := tree.Real(name)
			if got != want || !outside || real != want || err != nil {
				t.Errorf("%s is %q, %v, and %q, %v, want %q", name, got, outside, real, err, want)
			}
		}
		for _, name := range []string{"in", ".", "sub", "none", "", "..", "/", "sub/../l", "in/none"} {
			if got, outside := tree.Outside(name); got != "" || outside {
				t.Errorf("%q is outside: %q, %v", name, got, outside)
			}
		}
		for name, want := range map[string]string{".": root + "/.", "in": root + "/sub"} {
			if got, err := tree.Real(name); got != want || err != nil {
				t.Errorf("%s is %q, %v, want %q", name, got, err, want)
			}
		}
		for _, name := range []string{"..", "", "/"} {
			if got, err := tree.Real(name); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%q is %q, %v", name, got, err)
			}
		}
		tree.Close()
	}
	host, err := Open("/", true)
	if err != nil {
		t.Fatal(err)
	}
	if got, outside := host.Outside("etc"); got != "" || outside {
		t.Errorf("outside the machine is %q, %v", got, outside)
	}
	if got, err := host.Real("none/etc"); got != "/none/etc" || err != nil {
		t.Errorf("on the machine: %q, %v", got, err)
	}
}

// TestPathErrors: errors of the file system name the operation and the file.
func TestPathErrors(t *testing.T) {
	root := layout{
		"root/loop": "-> loop", "root/dir/file": "in", "root/l": "-> @/out", "out/file": "out", "root/in": "-> /dir",
	}.write(t)
	for _, hostLinks := range []bool{false, true} {
		for form, tree := range forms(t, root, hostLinks) {
			for op, do := range map[string]func(string) error{
				"open":     func(name string) error { _, err := tree.FS.Open(name); return err },
				"stat":     func(name string) error { _, err := fs.Stat(tree.FS, name); return err },
				"lstat":    func(name string) error { _, err := fs.Lstat(tree.FS, name); return err },
				"readlink": func(name string) error { _, err := fs.ReadLink(tree.FS, name); return err },
			} {
				for name, want := range map[string]error{
					"../x": fs.ErrInvalid, "": fs.ErrInvalid, "loop/x": syscall.ELOOP,
					"dir/file/x/y": syscall.ENOTDIR,
					"none/x":       fs.ErrNotExist, "in/none/x": fs.ErrNotExist,
				} {
					pathErr := (*fs.PathError)(nil)
					if err := do(name); !errors.Is(err, want) || !errors.As(err, &pathErr) ||
						want == fs.ErrInvalid && pathErr.Op != op ||
						pathErr.Path != name && form == "simple" {
						t.Errorf("%s of %s, host links %v, %s: %v", op, name, hostLinks, form, err)
					}
				}
			}
			if !hostLinks {
				continue
			}
			pathErr := (*fs.PathError)(nil)
			if text, err := fs.ReadLink(tree.FS, "l/file"); text != "" || !errors.Is(err, fs.ErrInvalid) ||
				!errors.As(err, &pathErr) ||
				pathErr.Op != "readlink" || pathErr.Path != "l/file" {
				t.Errorf("a file of the host as a link, %s: %q, %v", form, text, err)
			}
			if info, err := fs.Lstat(tree.FS, "l/file"); err != nil || info.Size() != 3 {
				t.Errorf("a file of the host, %s: %v, %v", form, info, err)
			}
		}
	}
}

// TestReadDir lists directories behind links.
func TestReadDir(t *testing.T) {
	root := layout{"root/dir/a": "1", "root/dir/b/c": "2", "root/in": "-> /dir", "root/l": "-> @/out",
		"out/x": "3"}.write(t)
	for _, hostLinks := range []bool{false, true} {
		for form, tree := range forms(t, root, hostLinks) {
			for name, want := range map[string]int{".": 3, "dir": 2, "in": 2, "in/b": 1, "l": 1} {
				entries, err := fs.ReadDir(tree.FS, name)
				if (len(entries) != want || err != nil) && (hostLinks || name != "l") || !hostLinks &&
					name == "l" && err == nil {
					t.Errorf("%s, host links %v, %s: %v, %v", name, hostLinks, form, entries, err)
				}
			}
		}
	}
}
