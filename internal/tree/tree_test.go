package tree

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestOpen(t *testing.T) {
	dir := layout{"root/file": "in"}.write(t)
	for _, test := range []struct{ dir, prefix, name string }{
		{"", "/", dir[1:] + "/file"}, {"/", "/", dir[1:] + "/file"}, {dir, dir + "/", "file"}, {dir + "/",
			dir + "/", "file"},
	} {
		for _, hostLinks := range []bool{false, true} {
			tree, err := Of(nil, test.dir, hostLinks)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := read(tree, test.name); got != "in" {
				t.Errorf("%q: %q, %v", test.dir, got, err)
			}
			if got := tree.Show("a"); tree.Prefix != test.prefix || got != test.prefix+"a" {
				t.Errorf("%q: a file is shown as %s", test.dir, got)
			}
			info, err := fs.Stat(tree.FS, test.name)
			if err != nil || info.Size() != 2 {
				t.Errorf("%q: %v, %v", test.dir, info, err)
			}
			f, info, err := tree.OpenFile(test.name)
			if err != nil || info.Size() != 2 {
				t.Fatalf("%q: %v, %v", test.dir, info, err)
			}
			if data, err := io.ReadAll(f); err != nil || string(data) != "in" {
				t.Errorf("%q: %q, %v", test.dir, data, err)
			}
			f.Close()
			if f, _, err := tree.OpenFile(test.name + "x"); f != nil || err == nil ||
				strings.Contains(err.Error(), "filex") {
				t.Errorf("%q: a missing file gives %v, %v", test.dir, f, err)
			}
			for range 2 {
				if err := tree.Close(); err != nil {
					t.Errorf("%q: closing: %v", test.dir, err)
				}
			}
		}
	}
	for _, name := range []string{dir + "/none", dir + "/file"} {
		if tree, err := Open(name, false); err == nil || !strings.HasPrefix(err.Error(),
			"open the root "+name+": ") ||
			strings.Count(err.Error(), name) != 1 {
			t.Errorf("%s: %v, %v", name, tree, err)
		}
	}
}

// TestClosed: a closed tree opens nothing.
func TestClosed(t *testing.T) {
	dir := layout{"root/file": "in", "root/link": "-> /file"}.write(t)
	for _, hostLinks := range []bool{false, true} {
		for form, tree := range forms(t, dir, hostLinks) {
			if err := tree.Close(); err != nil {
				t.Errorf("%s: %v", form, err)
			}
			for _, name := range []string{"file", "link"} {
				if got, err := read(tree, name); err == nil || errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s, %s: %q, %v", name, form, got, err)
				}
			}
		}
	}
}

func TestOfFS(t *testing.T) {
	fsys := fstest.MapFS{"dir/file": {Data: []byte("x")}}
	tree, err := Of(fsys, "/none", true)
	if err != nil || tree.Prefix != "" || tree.Show("a") != "a" {
		t.Fatalf("%+v, %v", tree, err)
	}
	if got, err := read(tree, "dir/file"); got != "x" {
		t.Errorf("%q, %v", got, err)
	}
	if real, err := tree.Real("dir/file"); real != "dir/file" || err != nil {
		t.Errorf("%q, %v", real, err)
	}
	if at, outside := tree.Outside("dir/file"); at != "" || outside {
		t.Errorf("%q, %v", at, outside)
	}
	if err := tree.Close(); err != nil {
		t.Error(err)
	}
}

// TestIsDir covers each kind of tree.
func TestIsDir(t *testing.T) {
	dir := layout{"root/dir/file": "in", "root/link": "-> /dir", "root/gone": "-> /none"}.write(t)
	host, err := Open("/", false)
	if err != nil {
		t.Fatal(err)
	}
	trees := forms(t, dir, false)
	trees["host"], trees["fs"] = host, New(os.DirFS(dir))
	for form, tree := range trees {
		for name, want := range map[string]bool{
			".": true, "dir": true, "dir/file": false, "none": false, "gone": false, "../root": false,
			"link": form != "host" && form != "fs",
		} {
			if form == "host" && fs.ValidPath(name) {
				name = strings.TrimSuffix(dir[1:]+"/"+name, "/.")
			}
			if got := tree.IsDir(name); got != want {
				t.Errorf("%s, %s: %v", name, form, got)
			}
		}
	}
}

// TestForConfig: the configuration has the same tree if that is meant.
func TestForConfig(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	fsys := fstest.MapFS{}
	for _, test := range []struct {
		fsys       fs.FS
		dir        string
		configRoot string
		want       string // the prefix of another tree
	}{
		{nil, dir, "", ""}, {nil, dir, dir, ""}, {nil, dir, other, other + "/"}, {fsys, "", "", ""}, {fsys,
			dir, dir, dir + "/"},
		{fsys, dir, "", ""}, {nil, "", "/", "/"}, {nil, dir, "/", "/"},
	} {
		tree, err := Of(test.fsys, test.dir, false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tree.ForConfig(test.fsys, test.dir, test.configRoot, false)
		if err != nil || (got == tree) != (test.want == "") || got != tree && got.Prefix != test.want {
			t.Errorf("%+v: the same: %v, %+v, %v", test, got == tree, got, err)
		}
		got.Close()
		tree.Close()
	}
	if got, err := New(fsys).ForConfig(fsys, "", dir+"/none", false); err == nil {
		t.Errorf("a missing root: %v", got)
	}
}

// TestForConfigLinks: it has host links if the other one has.
func TestForConfigLinks(t *testing.T) {
	dir := layout{"root/away": "-> @/out/file", "out/file": "out"}.write(t)
	for _, hostLinks := range []bool{false, true} {
		tree, err := New(fstest.MapFS{}).ForConfig(fstest.MapFS{}, "", dir, hostLinks)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(tree, "away"); (got == "out") != hostLinks {
			t.Errorf("host links %v: %q, %v", hostLinks, got, err)
		}
		tree.Close()
	}
}

func TestLocal(t *testing.T) {
	for name, want := range map[string]string{ // "" if it leaves the directory
		"a": "a", "a/b": "a/b", "a/": "a", "./a": "a", "a//b": "a/b", "a/../b": "b", "a/./b/..": "a",
		"..a": "..a", "...": "...",
		"": "", ".": "", "./": "", "a/..": "", "..": "", "../a": "", "a/../../b": "", "/a": "", "/": "",
		"a/../..": "",
	} {
		if got, ok := Local(name); ok != (want != "") || ok && got != want {
			t.Errorf("Local(%q) is %q, %v", name, got, ok)
		}
		if got, ok := Below("//" + name); !strings.HasPrefix(name, "/") && (ok != (want != "") || ok && got != want) {
			t.Errorf("Below(%q) is %q, %v", "//"+name, got, ok)
		}
	}
	if got, ok := Below("/a"); got != "a" || !ok {
		t.Errorf("an absolute path is %q, %v", got, ok)
	}
}

func TestNames(t *testing.T) {
	got := Names([]string{"/etc/modprobe.d", "etc//x/", "//a", "../x", "/../x", "a/../../x",
		filepath.FromSlash("a/b")})
	want := []string{"etc/modprobe.d", "etc/x", "a", "../x", "x", "../x", "a/b"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
