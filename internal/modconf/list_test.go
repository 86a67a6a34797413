package modconf

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

// mapFS has files that each blacklist their own name, slashes as underscores.
func mapFS(names ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for _, name := range names {
		m[name] = &fstest.MapFile{Data: []byte("blacklist " + own(name) + "\n"), Mode: 0o644}
	}
	return m
}

func own(name string) string { return strings.ReplaceAll(name, "/", "_") }

// checkOrder checks which files were read, in which order.
func checkOrder(t *testing.T, c *Config, want ...string) {
	t.Helper()
	var got []string
	for _, b := range c.Blacklists {
		got = append(got, b.Module)
	}
	for i := range want {
		want[i] = own(want[i])
	}
	if g, w := strings.Join(got, " "), strings.Join(want, " "); g != w {
		t.Errorf("read %s\nwant %s", g, w)
	}
}

func TestOrder(t *testing.T) {
	m := mapFS("etc/b.conf", "etc/z.conf", "run/a.conf", "run/b.conf", "run/c.conf", "lib/a.conf", "lib/0.conf",
		"lib/Z.conf", "lib/modules.s.conf", "lib/modules.t.conf", "lib/modules.softdep.conf", "lib/modules.weakdep.conf",
		"m/modules.softdep", "m/modules.weakdep", "m/modules.alias", "m/a.conf",
		"etc/.hidden.conf", "etc/.conf", "etc/README", "etc/x.CONF", "etc/y.conf~", "etc/modules.softdep", "etc/v.alias")
	c := Read(Sources{FS: m, Dirs: []string{"etc", "none", "run", "lib"}, ModuleDir: "m"})
	checkOrder(t, c, "lib/0.conf", "lib/Z.conf", "run/a.conf", "etc/b.conf", "run/c.conf", "lib/modules.s.conf",
		"m/modules.softdep", "lib/modules.softdep.conf", "lib/modules.t.conf", "m/modules.weakdep",
		"lib/modules.weakdep.conf", "etc/z.conf")
	checkWarnings(t, c)
}

func TestSingleFiles(t *testing.T) {
	m := mapFS("etc/a.conf", "etc/m.conf", "other/m.conf", "other/list", "other/a.conf", "m/modules.softdep", "other/modules.softdep")
	c := Read(Sources{FS: m, Dirs: []string{"other/list", "other/m.conf", "etc", "other/a.conf", "other/modules.softdep"}, ModuleDir: "m"})
	checkOrder(t, c, "etc/a.conf", "other/list", "other/m.conf", "other/modules.softdep")
	checkWarnings(t, c)
}

func TestFilesInMemory(t *testing.T) {
	m := mapFS("etc/a.conf", "etc/b.conf", "etc/d.conf", "m/modules.weakdep")
	c := Read(Sources{FS: m, Prefix: "/host/", Dirs: []string{"etc"}, ModuleDir: "m", Files: []File{
		{"b.conf", "blacklist mine_b"}, {"<flag>/c", "blacklist mine_c\nbogus"}, {"<again>/c", "blacklist hidden"}}})
	checkOrder(t, c, "etc/a.conf", "mine_b", "mine_c", "etc/d.conf", "m/modules.weakdep")
	checkWarnings(t, c, "<flag>/c line 2: ignoring bad line starting with 'bogus'")
	if at, ok := c.Blacklisted("etc_d.conf"); !ok || at.String() != "/host/etc/d.conf line 1" {
		t.Error(at, ok)
	}
}

func TestNothing(t *testing.T) {
	c := Read(Sources{})
	checkOrder(t, c)
	checkWarnings(t, c)
	c = Read(Sources{FS: fstest.MapFS{}, Dirs: StandardDirs(), ModuleDir: "lib/modules/1"})
	checkOrder(t, c)
	checkWarnings(t, c)
}

// TestNullDevice: /dev/null, given directly or as a link, means no
// configuration.
func TestNullDevice(t *testing.T) {
	files := mapFS("etc/a.conf", "lib/a.conf")
	files["etc/a.conf"].Mode = fs.ModeDevice | fs.ModeCharDevice
	files["dev/null"] = files["etc/a.conf"]
	c := Read(Sources{FS: files, Dirs: []string{"dev/null", "etc", "lib"}})
	checkOrder(t, c)
	checkWarnings(t, c)
}

func TestLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need privileges here")
	}
	root := t.TempDir()
	for name := range mapFS("usr/lib/a.conf", "usr/lib/masked.conf", "usr/lib/dangling.conf", "usr/lib/dir.conf",
		"usr/lib/linked.conf", "usr/lib/loop.conf", "usr/share/t") {
		writeFile(t, filepath.Join(root, name), "blacklist "+own(name)+"\n")
	}
	for name, target := range map[string]string{
		"lib": "usr/lib", "etc/masked.conf": "/dev/null", "etc/dangling.conf": "none", "etc/loop.conf": "loop.conf",
		"etc/linked.conf": "../usr/share/t", "etc/dirlink.conf": "../usr",
	} {
		err := os.MkdirAll(filepath.Join(root, filepath.Dir(name)), 0o755)
		if err == nil {
			err = os.Symlink(target, filepath.Join(root, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(root, "etc/dir.conf/inner.conf"), "blacklist inner\n")

	confined, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer confined.Close()
	for name, fsys := range map[string]fs.FS{
		"DirFS": os.DirFS(root), "without ReadLink": nonblockingFS(root), "os.Root": confined.FS(),
	} {
		t.Run(name, func(t *testing.T) {
			c := Read(Sources{FS: fsys, Dirs: []string{"etc", "lib", "usr/lib"}})
			checkOrder(t, c, "usr/lib/a.conf", "usr/lib/dangling.conf", "usr/lib/dir.conf", "usr/share/t", "usr/lib/loop.conf")
			var warned []string
			for _, w := range c.Warnings {
				text, _, _ := strings.Cut(w.Text, ":")
				warned = append(warned, w.File+": "+text)
			}
			for _, want := range []string{"etc/dangling.conf: cannot be read", "etc/loop.conf: cannot be read",
				"etc/dir.conf: directories inside directories are not supported", "etc/dirlink.conf: directories inside directories are not supported"} {
				if !strings.Contains(strings.Join(warned, "\n")+"\n", want+"\n") {
					t.Errorf("%q is not among the warnings %q", want, warned)
				}
			}
			if len(warned) != 4 {
				t.Errorf("the warnings are %q", warned)
			}
		})
	}
}
