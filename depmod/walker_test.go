package depmod

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestRefuse: directories are walked once on a path, not too deep, and not endlessly
// behind links.
func TestRefuse(t *testing.T) {
	dirs := make([]fs.FileInfo, maxDepth+1)
	for i := range dirs {
		name := filepath.Join(t.TempDir(), "d")
		if err := os.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		dirs[i] = info
	}
	anonymous, err := fs.Stat(fstest.MapFS{"d/f": {}}, "d")
	if err != nil {
		t.Fatal(err)
	}
	for what, test := range map[string]struct {
		parent                 []fs.FileInfo
		info                   fs.FileInfo
		links, linked, entries int
		want                   error
		after                  int
	}{
		"top":                        {nil, dirs[0], 0, 0, 5, nil, 0},
		"in another":                 {dirs[:1], dirs[1], 0, 0, 5, nil, 0},
		"in itself":                  {dirs[:1], dirs[0], 0, 0, 5, ErrLoop, 0},
		"far below itself":           {dirs[:9], dirs[0], 2, 0, 5, ErrLoop, 0},
		"deep":                       {dirs[:maxDepth-1], dirs[maxDepth], 0, 0, 5, nil, 0},
		"too deep":                   {dirs[:maxDepth], dirs[maxDepth], 0, 0, 5, errDeep, 0},
		"too deep behind links":      {dirs[:maxDepth], dirs[maxDepth], 1, 0, 5, errDeep, 0},
		"nobody can tell how deep":   {dirs[:maxDepth], anonymous, 1, 0, 5, ErrLoop, 0},
		"too deep and of no name":    {dirs[:maxDepth], anonymous, 0, 0, 5, errDeep, 0},
		"behind a link":              {dirs[:1], dirs[1], 1, 10, 5, nil, 16},
		"as much as may be linked":   {dirs[:1], dirs[1], 1, maxLinked - 6, 5, nil, maxLinked},
		"one more than may":          {dirs[:1], dirs[1], 1, maxLinked - 5, 5, errLinks, maxLinked + 1},
		"as much, but not by a link": {dirs[:1], dirs[1], 0, maxLinked, 5, nil, maxLinked},
	} {
		w := &walker{parent: test.parent, links: test.links, linked: test.linked}
		if err := w.refuse(test.info, test.entries); err != test.want || w.linked != test.after {
			t.Errorf("%s: %v, and %d are linked", what, err, w.linked)
		}
	}
}

// TestWalkLinked: only names behind links count as such, and a walk ends as it began.
func TestWalkLinked(t *testing.T) {
	root := modtest.Write(t, treeOf(map[string][]byte{"a/x.ko": {}, "a/sub/y.ko": {}, "b/z.ko": {}, "c/w.ko.xz": {}, "c/readme": {}}))
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	for name, target := range map[string]string{"aa": "a", "l.ko": "b/z.ko"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	s, err := newScanner(context.Background(), &Config{Root: root, Release: modtest.Release})
	if err != nil {
		t.Fatal(err)
	}
	defer s.tree.Close()
	w := &walker{ctx: s.ctx, tree: s.tree, conf: &modconf.DepmodConfig{}, report: &s.index.Report}
	if err := w.walk(s.dir, "", ""); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range w.found {
		got = append(got, c.Path)
	}
	if want := "a/sub/y.ko a/x.ko aa/sub/y.ko aa/x.ko b/z.ko c/w.ko.xz l.ko"; strings.Join(got, " ") != want {
		t.Errorf("found are %q", got)
	}
	// aa with two names, and aa/sub with one.
	if w.links != 0 || len(w.parent) != 0 || w.linked != 5 {
		t.Errorf("%d links, %d parents, %d linked", w.links, len(w.parent), w.linked)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	w.ctx = ctx
	if err := w.walk(s.dir, "", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

// TestNames: a name at the top has no prefix, and a name inside the root has no place
// outside it.
func TestNames(t *testing.T) {
	if got := join("", "a") + " " + join("a", "b") + " " + below("/h", "a") + below("", "a"); got != "a a/b /h/a" {
		t.Error(got)
	}
}

// TestExternals: modules of external directories have absolute paths and come after
// those of the module directory; anything that is not a directory is reported.
func TestExternals(t *testing.T) {
	files := treeOf(map[string][]byte{"k/b.ko": stating("x"), "k/own.ko": stating("x")})
	for _, name := range []string{"ext/a.ko", "ext/b.ko", "opt/c.ko"} {
		files[name] = &fstest.MapFile{Data: stating("x")}
	}
	files["file"] = &fstest.MapFile{Data: []byte("x")}
	cfg := &Config{FS: files, Release: modtest.Release, ConfigFiles: []ConfigFile{{"a.conf",
		"external * /ext\nexternal 9.* /never\nexternal * /file\nexternal * /none\nexternal * /opt\nsearch built-in external\nnonsense\n"}}}
	x, err := Scan(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range x.modules {
		got = append(got, m.Path)
	}
	if want := "/ext/a.ko /opt/c.ko k/b.ko k/own.ko"; strings.Join(got, " ") != want {
		t.Errorf("the modules are %q", got)
	}
	if want := []Replaced{{"b", "/ext/b.ko", "k/b.ko"}}; !slices.Equal(x.Report.Replaced, want) {
		t.Errorf("replaced are %v", x.Report.Replaced)
	}
	e := x.Report.Externals
	if len(e) != 2 || e[0].Path != "/file" || !errors.Is(e[0].Err, syscall.ENOTDIR) || e[1].Path != "/none" || !errors.Is(e[1].Err, fs.ErrNotExist) {
		t.Errorf("externals are %v", e)
	}
	c := x.Report.Config
	if len(c) != 1 || c[0].Line != 7 || !strings.HasSuffix(c[0].File, "a.conf") {
		t.Errorf("ignored lines are %+v", c)
	}
}

// TestExternalsOnly: without modules of its own a tree has those of external directories,
// in the order of depmod.d.
func TestExternalsOnly(t *testing.T) {
	files := treeOf(map[string][]byte{"modules.order": {}})
	for _, name := range []string{"a/m.ko", "z/m.ko", "z/n.ko"} {
		files[name] = &fstest.MapFile{Data: stating("x")}
	}
	x, err := Scan(context.Background(), &Config{FS: files, Release: modtest.Release,
		ConfigFiles: []ConfigFile{{"a.conf", "external * /z\nexternal * /a\n"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(x.modules) != 2 || x.modules[0].Path != "/z/m.ko" || x.modules[1].Path != "/z/n.ko" || len(x.Report.Replaced) != 1 {
		t.Errorf("the modules are %+v", x.modules)
	}
}

// TestNoDirectory: the error of a scan says where there is no module directory, and why.
func TestNoDirectory(t *testing.T) {
	files := treeOf(map[string][]byte{"k/a.ko": stating("x")})
	for _, test := range []struct {
		cfg  Config
		want error
		text string
	}{
		{Config{Release: "none"}, fs.ErrNotExist, "scan the modules in lib/modules/none: "},
		{Config{ModuleDir: "lib/modules/" + modtest.Release + "/k/a.ko"}, syscall.ENOTDIR, "k/a.ko: "},
		{Config{ModuleDir: "../x"}, ErrOutside, "../x"},
		{Config{Release: "a/b"}, ErrRelease, "a/b"},
	} {
		test.cfg.FS = files
		x, err := Scan(context.Background(), &test.cfg)
		if x != nil || !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%+v: %v", test.cfg, err)
		}
		if fresh, err := UpToDate(context.Background(), &test.cfg); fresh || !errors.Is(err, test.want) {
			t.Errorf("up to date: %v, %v", fresh, err)
		}
	}
}

// TestConfigSources: which files of depmod.d count.
func TestConfigSources(t *testing.T) {
	files := treeOf(map[string][]byte{"k/m.ko": stating("x"), "a/m.ko": stating("x"), "z/m.ko": stating("x")})
	files["etc/depmod.d/a.conf"] = &fstest.MapFile{Data: []byte("search a built-in\n")}
	files["my/z.conf"] = &fstest.MapFile{Data: []byte("search z built-in\n")}
	for want, cfg := range map[string]Config{
		"a/m.ko": {}, "z/m.ko": {ConfigDirs: []string{"my"}}, "k/m.ko": {ConfigFiles: []ConfigFile{{"0.conf", "search k built-in"}}},
	} {
		for _, none := range []bool{false, true} {
			cfg.FS, cfg.Release, cfg.NoConfig = files, modtest.Release, none
			x, err := Scan(context.Background(), &cfg)
			if err != nil {
				t.Fatal(err)
			}
			expected := want
			if none && cfg.ConfigFiles == nil {
				expected = "a/m.ko" // the first path
			}
			if got := x.modules[0].Path; got != expected && !none || none && cfg.ConfigFiles != nil && got != want {
				t.Errorf("none %v: %s, not %s", none, got, expected)
			}
		}
	}
	for _, dirs := range [][]string{{}, {"/dev/null"}} {
		x, err := Scan(context.Background(), &Config{FS: files, Release: modtest.Release, ConfigDirs: dirs,
			ConfigFiles: []ConfigFile{{"0.conf", "search z built-in"}}})
		if err != nil || x.modules[0].Path != "z/m.ko" {
			t.Errorf("%q: %v", dirs, err)
		}
	}
}

// TestCompressedOrder: modules.order lists modules uncompressed, and the others follow by
// path.
func TestCompressedOrder(t *testing.T) {
	for path, want := range map[string]string{
		"k/a.ko": "k/a.ko", "k/a.ko.xz": "k/a.ko", "k/a.ko.gz": "k/a.ko", "k/a.ko.zst": "k/a.ko", "k.xz/a.ko": "k.xz/a.ko",
	} {
		if got := uncompressed(path); got != want {
			t.Errorf("%s is %s", path, got)
		}
	}
	packed := modtest.StoredXZ(stating("x"))
	x, err := scanTree(t, map[string][]byte{"k/a.ko.xz": packed, "k/b.ko": stating("x"), "k/c.ko.xz": packed, "k/d.ko": stating("x"),
		"modules.order": []byte("k/none.ko\nk/d.ko\nk/c.ko\n")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range x.modules {
		got = append(got, m.Path)
	}
	if want := "k/d.ko k/c.ko.xz k/a.ko.xz k/b.ko"; strings.Join(got, " ") != want {
		t.Errorf("the order is %q", got)
	}
}

// TestBuiltinOrder: aliases of built-in modules are grouped by module, with the modules
// in the order in which they are first named.
func TestBuiltinOrder(t *testing.T) {
	x, err := scanTree(t, map[string][]byte{
		"modules.builtin": []byte("kernel/z.ko\n\n  kernel/a-b.ko \n\tkernel/z.ko\n"),
		"modules.builtin.modinfo": []byte("b.license=GPL\x00c.alias=1\x00a.alias=2\x00b.alias=3\x00c.alias=4\x00b.alias=5\x00" +
			"a.alias=x[\x00a.alias=6\x00"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(x.builtinNames); got != "[z a_b z]" {
		t.Errorf("the names are %s", got)
	}
	if got := fmt.Sprint(x.builtinAliases); got != "[{3 b} {5 b} {1 c} {4 c} {2 a} {6 a}]" {
		t.Errorf("the aliases are %s", got)
	}
	if b := x.Report.BadFields; len(b) != 1 || b[0].Module != "a" || b[0].Field != "alias" || b[0].Value != "x[" || b[0].Path != "" {
		t.Errorf("bad fields are %v", b)
	}
}

// endingFS ends a context when a file is opened.
type endingFS struct {
	fs.FS
	name string
	end  func()
}

func (e endingFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, e.name) {
		e.end()
	}
	return e.FS.Open(name)
}

// TestEnds: a scan ends with its context, whatever it is doing.
func TestEnds(t *testing.T) {
	files := treeOf(map[string][]byte{"k/a.ko": stating("x"), "modules.order": {}, "modules.builtin": {}, "modules.builtin.modinfo": {}})
	for _, name := range []string{"/k", "a.ko", "modules.builtin", "modules.builtin.modinfo"} {
		ctx, end := context.WithCancel(context.Background())
		x, err := Scan(ctx, &Config{FS: endingFS{files, name, end}, Release: modtest.Release})
		if x != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("at %s: %v", name, err)
		}
	}
}

// TestStampedDirectories: however many directories there are, the stamps of all modules
// are known.
func TestStampedDirectories(t *testing.T) {
	for _, n := range []int{1, parcelSize - 2, parcelSize - 1, parcelSize, 2 * parcelSize, 3*parcelSize + 1} {
		files := map[string][]byte{}
		for i := range n {
			files[fmt.Sprintf("d%d/a%d.ko", i, i)] = stating("x")
			files[fmt.Sprintf("d%d/b%d.ko", i, i)] = stating("x")
			files[fmt.Sprintf("d%d/other", i)] = nil
		}
		cfg := &Config{Root: modtest.Write(t, treeOf(files)), Release: modtest.Release, Cache: filepath.Join(t.TempDir(), "cache")}
		wantEffort(t, fmt.Sprint(n, " new"), scanLater(t, cfg), Effort{Read: 2 * n, Saved: true})
		wantEffort(t, fmt.Sprint(n), scanLater(t, cfg), Effort{Cached: 2 * n})
		last := filepath.Join(cfg.Root, "lib/modules", modtest.Release, fmt.Sprintf("d%d/b%d.ko", n-1, n-1))
		if err := os.Chtimes(last, time.Unix(1e9, 7), time.Unix(1e9, 7)); err != nil {
			t.Fatal(err)
		}
		wantEffort(t, fmt.Sprint(n, " with one touched"), scanLater(t, cfg), Effort{Read: 1, Cached: 2*n - 1, Saved: true})
		first := filepath.Join(cfg.Root, "lib/modules", modtest.Release, "a.ko")
		if err := os.WriteFile(first, stating("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		wantEffort(t, fmt.Sprint(n, " with a new first"), scanLater(t, cfg), Effort{Read: 1, Cached: 2 * n, Saved: true})
	}
}
