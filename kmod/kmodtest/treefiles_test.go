package kmodtest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/modinfo"
)

// fullTree has each thing that a module can have.
func fullTree() *kmodtest.Tree {
	return &kmodtest.Tree{
		Modules: []kmodtest.Module{
			{Name: "top-one", Depends: []string{"left", "low", "core"}, Exports: []string{"top_fn"},
				Aliases: []string{"pci:v1*", "of:N-x[a-b]"}, Softdeps: []string{"pre: low", "post: far-off"},
				Weakdeps: []string{"far-off", "core left"}},
			{Name: "left", Depends: []string{"low", "low"}, Path: "updates/left-current.ko.xz",
				Aliases: []string{"devname:left/0", "char-major-10-1"}},
			{Name: "low", Exports: []string{"low_fn"}},
			{Name: "far-off", Needs: []string{"low_fn", "low_fn", "nowhere"}}, // low by its symbol
			{Name: "core", Builtin: true, Aliases: []string{"x-y:*"}, Path: "drivers/core.ko",
				Exports: []string{"core_fn"}, Params: []modinfo.Param{{Name: "p", Type: "int"}},
				Fields: []string{"license=MIT"}},
			{Name: "in-side", Builtin: true},
		},
		Modprobe: "options top_one a=1\n",
	}
}

// TestTreeFiles: the files of a tree, the indexes with what depmod(8) would make of
// these modules.
func TestTreeFiles(t *testing.T) {
	files, err := fullTree().FS()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name, file := range files {
		names = append(names, name)
		if file.Mode != 0o644 {
			t.Errorf("%s has the mode %v", name, file.Mode)
		}
	}
	slices.Sort(names)
	const dir = "lib/modules/6.1.0-test/"
	const all = "etc/modprobe.d/kmodtest.conf kernel/far-off.ko kernel/low.ko kernel/top-one.ko modules.alias.bin " +
		"modules.builtin modules.builtin.alias.bin modules.builtin.bin modules.builtin.modinfo modules.dep.bin " +
		"modules.devname modules.softdep modules.symbols.bin modules.weakdep updates/left-current.ko.xz"
	if got := strings.ReplaceAll(strings.Join(names, " "), dir, ""); got != all {
		t.Errorf("the files are %s", got)
	}
	for name, want := range map[string]string{
		dir + "modules.softdep": "softdep top_one pre: low\nsoftdep top_one post: far-off\n",
		dir + "modules.weakdep": "weakdep top_one far-off\nweakdep top_one core left\n",
		dir + "modules.devname": "# Device nodes to trigger on-demand module loading.\nleft_current left/0 c10:1\n",
		dir + "modules.builtin": "drivers/core.ko\nkernel/in-side.ko\n",
		dir + "modules.builtin.modinfo": "core.license=MIT\x00core.intree=Y\x00core.alias=x-y:*\x00" +
			"core.parmtype=p:int\x00in_side.license=GPL\x00in_side.intree=Y\x00",
		"etc/modprobe.d/kmodtest.conf": "options top_one a=1\n",
	} {
		if got := string(files[name].Data); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"dep": "far_off=kernel/far-off.ko: kernel/low.ko(3) " +
			"left_current=updates/left-current.ko.xz: kernel/low.ko(1) low=kernel/low.ko:(2) " +
			"top_one=kernel/top-one.ko: updates/left-current.ko.xz kernel/low.ko(0)",
		"alias": "char_major_10_1=left_current(1) devname:left/0=left_current(1) of:N_x[a-b]=top_one(0) pci:v1*=top_one(0)",
		"symbols": "symbol:far_off_symbol=far_off(3) symbol:left_symbol=left_current(1) symbol:low_fn=low(2) " +
			"symbol:low_symbol=low(2) symbol:top_fn=top_one(0) symbol:top_one_symbol=top_one(0)",
		"builtin":       "core=(0) in_side=(0)",
		"builtin.alias": "x_y:*=core(0)",
	} {
		if got := indexText(t, files[dir+"modules."+name+".bin"].Data); got != want {
			t.Errorf("modules.%s.bin has\n%s, want\n%s", name, got, want)
		}
	}
}

// indexText writes the entries of an index.
func indexText(t *testing.T, data []byte) string {
	t.Helper()
	r, err := index.New("index", data)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s=%s(%d)", e.Key, e.Value, e.Priority))
	}
	return strings.Join(all, " ")
}

// TestTreeModuleFiles: what the files of modules say of dependencies and symbols.
func TestTreeModuleFiles(t *testing.T) {
	files, err := fullTree().FS()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"kernel/top-one.ko": "top_one [left low] [top_one_symbol top_fn] [left_symbol low_symbol] " +
			"[pci:v1* of:N-x[a-b]] [pre: low|post: far-off] [far-off|core left]",
		"updates/left-current.ko.xz": "left [low] [left_symbol] [low_symbol low_symbol] [devname:left/0 char-major-10-1] [] []",
		"kernel/far-off.ko":          "far_off [low] [far_off_symbol] [low_fn low_fn nowhere] [] [] []",
		"kernel/low.ko":              "low [] [low_symbol low_fn] [] [] [] []",
	} {
		f, err := modinfo.OpenFS(files, "lib/modules/6.1.0-test/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		info, err := f.Info()
		name, nameErr := f.ModuleName()
		exports, exportErr := f.Exports()
		needed, needErr := f.Needed()
		if err := errors.Join(err, nameErr, exportErr, needErr); err != nil {
			t.Fatal(err)
		}
		var out, in []string
		for _, e := range exports {
			out = append(out, e.Name)
		}
		for _, n := range needed {
			in = append(in, n.Name)
		}
		slices.SortFunc(out, func(a, b string) int { return strings.Index(want, a) - strings.Index(want, b) })
		got := fmt.Sprintf("%s %v %v %v %v [%s] [%s]", name, info.Depends(), out, in, info.Aliases(),
			strings.Join(info.Values("softdep"), "|"), strings.Join(info.Values("weakdep"), "|"))
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestTreeOfNothing: a tree without modules and configuration has empty indexes.
func TestTreeOfNothing(t *testing.T) {
	tree := &kmodtest.Tree{}
	files, err := tree.FS()
	if err != nil || len(files) != 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if db.Release() != "6.1.0-test" || tree.Kernel().Release != "6.1.0-test" {
		t.Errorf("the release is %s", db.Release())
	}
	if _, err := db.Lookup("a"); !errors.Is(err, kmod.ErrNotFound) {
		t.Error(err)
	}
}

// TestTreeRefused: a tree that does not fit together is not opened and not written.
func TestTreeRefused(t *testing.T) {
	for _, tree := range []*kmodtest.Tree{
		{Modules: []kmodtest.Module{{Name: "a"}, {Name: "a"}}},
		{Modules: []kmodtest.Module{{Name: "a", Aliases: []string{"[x"}}}},
		{Modules: []kmodtest.Module{{Name: "a", Aliases: []string{"\xff"}}}}, // no index has that
		{Modules: []kmodtest.Module{{Name: "a", Builtin: true}, {Name: "b", Depends: []string{"c"}}}},
	} {
		dir := t.TempDir()
		db, err := tree.Open()
		if err == nil || db != nil {
			t.Errorf("%+v was opened", tree)
		}
		if err := tree.Write(dir); err == nil {
			t.Errorf("%+v was written", tree)
		}
		if got, _ := os.ReadDir(dir); len(got) != 0 {
			t.Errorf("%+v left %v", tree, got)
		}
	}
	for _, name := range []string{"a/b", "a:b", "a b", "a\tb", "a\nb", "a\x00b", "."} {
		if _, err := (&kmodtest.Tree{Modules: []kmodtest.Module{{Name: "ok"}, {Name: name}}}).FS(); err == nil ||
			!strings.Contains(err.Error(), "module number 1 ") {
			t.Errorf("the name %q: %v", name, err)
		}
	}
}

// TestNamesOnce: /sys/module has each name once, in order.
func TestNamesOnce(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.Builtin, k.SigEnforce, k.Compression = []string{"module", "zz", "compression", "aa", "zz"}, true, "xz"
	signed := modtest.Named("mm", nil, nil)
	signed.Signature = []byte("sig\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x03~Module signature appended~\n")
	if err := k.InitModule(signed.Build(), ""); err != nil {
		t.Fatal(err)
	}
	if got := listing(fs.ReadDir(k.Sys(), "module")); got != "d aa/ - compression d mm/ d module/ d zz/ <nil>" {
		t.Errorf("/sys/module has %s", got)
	}
}

// TestOddFiles: what cannot be read is no module.
func TestOddFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.ko")
	if err := os.WriteFile(path, image("a", nil, nil), 0o644); err != nil {
		t.Fatal(err)
	}
	writeOnly, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writeOnly.Close()
	closed := onDisk(t, image("a", nil, nil))
	closed.Close()
	nameless := modtest.Named("", nil, nil)
	nameless.Modinfo = []string{"license=GPL"}
	tiny := onDisk(t, []byte("\x7fEL"))
	k := kmodtest.New("6.1.0-test")
	for name, test := range map[string]struct {
		err  error
		want syscall.Errno
	}{
		"write only": {k.FinitModule(writeOnly, "", 0), syscall.EIO},
		"closed":     {k.FinitModule(closed, "", 0), syscall.EBADF},
		"tiny":       {k.FinitModule(tiny, "", 0), syscall.ENOEXEC},
		"nameless":   {k.InitModule(nameless.Build(), ""), syscall.ENOEXEC},
	} {
		if test.err != test.want {
			t.Errorf("%s: %v, want %v", name, test.err, test.want)
		}
	}
	if len(k.Modules()) != 0 || len(k.Calls()) != 4 {
		t.Errorf("the kernel has %v after %v", k.Modules(), k.Calls())
	}
}

// TestParametersOfTypes: how a parameter of each type is shown that was not given.
func TestParametersOfTypes(t *testing.T) {
	for typ, want := range map[string]string{
		"bool": "N", "invbool": "Y", "charp": "(null)", "hexint": "0x000000", "bint": "", "own": "", "array of int": "",
		"byte": "0", "short": "0", "ushort": "0", "int": "0", "uint": "0", "long": "0", "ulong": "0", "ullong": "0",
	} {
		k := kmodtest.New("6.1.0-test")
		if err := k.InitModule(image("a", nil, nil, "parmtype=p:"+typ), ""); err != nil {
			t.Fatal(err)
		}
		if got := shown(t, k, "p"); got != want {
			t.Errorf("%s is shown as %q, want %q", typ, got, want)
		}
	}
}

// TestProcModules: the list of modules as /proc/modules has it, the newest first.
func TestProcModules(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.Permanent = []string{"b"}
	a, b := image("a", []string{"f"}, nil, "intree=Y"), image("b", []string{"g"}, []string{"f"})
	c := image("c", nil, []string{"f", "g"})
	if err := errors.Join(k.InitModule(a, ""), k.InitModule(b, ""), k.InitModule(c, "")); err != nil {
		t.Fatal(err)
	}
	k.Hold("a", 4)
	coming, release := k.Block("d")
	d := image("d", nil, []string{"g"}, "intree=Y")
	ended := make(chan error)
	go func() { ended <- k.InitModule(d, "") }()
	<-coming
	k.Hold("d", 1)
	text, _ := fs.ReadFile(k.Proc(), "modules")
	sizes, _ := fs.ReadFile(k.Sys(), "module/d/initsize")
	core, _ := fs.ReadFile(k.Sys(), "module/d/coresize")
	release()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("d %d 2 - Loading 0x0000000000000000 (E)\nc %d 0 - Live 0x0000000000000000 (OE)\n"+
		"b %d 2 c,d,[permanent], Live 0x0000000000000000 (OE)\na %d 6 b,c, Live 0x0000000000000000 (E)\n",
		len(d)+4096, len(c), len(b), len(a))
	if string(text) != want || string(sizes) != "4096\n" || string(core) != fmt.Sprintln(len(d)) {
		t.Errorf("got\n%s%s%swant\n%s", text, sizes, core, want)
	}
}
