package closure_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/modinfo"
)

// imageTree has a compressed module, firmware and configuration, on disk.
func imageTree(t testing.TB) *kmod.DB {
	t.Helper()
	tree := dbtest.Wide()
	tree.Modules[2].Fields = []string{"firmware=base.bin", "firmware=d/*.bin"}
	tree.Modprobe = "options top p=1\nblacklist other\n"
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	const dir = "lib/modules/6.1.0-test/"
	mid := files[dir+"kernel/lib/mid.ko"]
	delete(files, dir+"kernel/lib/mid.ko")
	files[dir+"kernel/lib/mid.ko.xz"] = &fstest.MapFile{Data: dbtest.Compress(t, "xz", mid.Data)}
	files[dir+"modules.dep.bin"] = reindexed(t, files)
	files[dir+"modules.order"] = &fstest.MapFile{Data: []byte("kernel/fs/top.ko\nkernel/other.ko\nkernel/lib/base.ko\n")}
	files["usr/lib/firmware/base.bin"] = &fstest.MapFile{Data: []byte("base firmware")}
	files["usr/lib/firmware/updates/d/x.bin.xz"] = &fstest.MapFile{Data: []byte("x firmware")}
	root := t.TempDir()
	if err := os.CopyFS(root, files); err != nil {
		t.Fatal(err)
	}
	return dbtest.Open(t, &kmod.Config{Root: root, Release: "6.1.0-test"})
}

// reindexed is the modules.dep.bin that depmod makes of a tree.
func reindexed(t testing.TB, files fstest.MapFS) *fstest.MapFile {
	t.Helper()
	index, err := depmod.Scan(context.Background(), &depmod.Config{FS: files, Release: "6.1.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := index.FS()
	if err != nil {
		t.Fatal(err)
	}
	data, err := fs.ReadFile(made, "modules.dep.bin")
	if err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: data}
}

func fileNames(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

const imageFiles = `etc/modprobe.d/modules.conf
lib/firmware/base.bin
lib/firmware/d/x.bin.xz
lib/modules/6.1.0-test/kernel/after.ko
lib/modules/6.1.0-test/kernel/before.ko
lib/modules/6.1.0-test/kernel/fs/top.ko
lib/modules/6.1.0-test/kernel/helper-base.ko
lib/modules/6.1.0-test/kernel/helper.ko
lib/modules/6.1.0-test/kernel/lib/base.ko
lib/modules/6.1.0-test/kernel/lib/mid.ko.xz
lib/modules/6.1.0-test/kernel/x-fast.ko
lib/modules/6.1.0-test/kernel/x-slow.ko
lib/modules/6.1.0-test/modules.alias
lib/modules/6.1.0-test/modules.alias.bin
lib/modules/6.1.0-test/modules.builtin
lib/modules/6.1.0-test/modules.builtin.alias.bin
lib/modules/6.1.0-test/modules.builtin.bin
lib/modules/6.1.0-test/modules.builtin.modinfo
lib/modules/6.1.0-test/modules.dep
lib/modules/6.1.0-test/modules.dep.bin
lib/modules/6.1.0-test/modules.devname
lib/modules/6.1.0-test/modules.order
lib/modules/6.1.0-test/modules.softdep
lib/modules/6.1.0-test/modules.symbols
lib/modules/6.1.0-test/modules.symbols.bin
lib/modules/6.1.0-test/modules.weakdep`

func TestClosureFS(t *testing.T) {
	db := imageTree(t)
	for _, opts := range []*closure.TreeOptions{nil, {Uncompressed: true}, {NoConfig: true}} {
		c, err := closure.Collect(context.Background(), db, nil, "top")
		if err != nil {
			t.Fatal(err)
		}
		image, err := c.FS(context.Background(), opts)
		if err != nil {
			t.Fatal(err)
		}
		want := imageFiles
		if opts != nil && opts.Uncompressed {
			want = strings.ReplaceAll(want, "mid.ko.xz", "mid.ko")
		}
		if opts != nil && opts.NoConfig {
			_, want, _ = strings.Cut(want, "\n")
		}
		names := fileNames(t, image)
		if got := strings.Join(names, "\n"); got != want {
			t.Errorf("%+v: files are\n%s", opts, got)
		}
		if err := fstest.TestFS(image, names...); err != nil {
			t.Error(err)
		}
		checkImageTexts(t, image, opts)
	}
}

func checkImageTexts(t *testing.T, image fs.FS, opts *closure.TreeOptions) {
	t.Helper()
	texts := map[string]string{
		"lib/firmware/base.bin":                "base firmware",
		"lib/modules/6.1.0-test/modules.order": "kernel/fs/top.ko\nkernel/lib/base.ko\n",
	}
	if opts == nil || !opts.NoConfig {
		texts["etc/modprobe.d/modules.conf"] = "options top p=1\n"
	}
	for name, want := range texts {
		if got, err := fs.ReadFile(image, name); err != nil || string(got) != want {
			t.Errorf("%s has %q, %v", name, got, err)
		}
	}
	name := "lib/modules/6.1.0-test/kernel/lib/mid.ko"
	unpacked := opts != nil && opts.Uncompressed
	if !unpacked {
		name += ".xz"
	}
	data, err := fs.ReadFile(image, name)
	if err != nil || bytes.HasPrefix(data, []byte("\x7fELF")) != unpacked {
		t.Errorf("%s begins with %.4q, %v", name, data, err)
	}
}

// TestClosureImageDB: a DB of the image knows the same about its modules as a DB of
// the whole tree.
func TestClosureImageDB(t *testing.T) {
	rounds := 200
	if testing.Short() {
		rounds = 40
	}
	r := rand.New(rand.NewPCG(5, 2))
	for range rounds {
		tree := randomTree(r)
		db, err := tree.Open()
		if err != nil {
			t.Fatal(err)
		}
		names := []string{fmt.Sprintf("m%d", r.IntN(len(tree.Modules))), fmt.Sprintf("m%d", r.IntN(len(tree.Modules)))}
		c, err := closure.Collect(context.Background(), db, nil, names...)
		if err != nil {
			t.Fatal(err)
		}
		image, err := c.FS(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		of := dbtest.Open(t, &kmod.Config{FS: image, Release: "6.1.0-test"})
		for _, m := range c.Modules {
			checkSamePlan(t, db, of, m.Name)
			for _, weak := range weakdeps(tree, m.Name) {
				checkSamePlan(t, db, of, weak)
			}
		}
		in, err := closure.Collect(context.Background(), of, nil, names...)
		if err != nil || sortedWords(in) != sortedWords(c) {
			t.Errorf("the closure within the image is %s, not %s: %v", words(in), words(c), err)
		}
		db.Close()
		if t.Failed() {
			t.Fatalf("of %v in %+v", names, tree)
		}
	}
}

// sortedWords returns the words in the order of names: dependencies that do not need
// each other may be in another order in a smaller tree.
func sortedWords(c *closure.Closure) string {
	var names []string
	for _, m := range c.Modules {
		names = append(names, fmt.Sprint(m.Name, m.Builtin, m.Required))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// randomTree has modules m0, m1 … with all kinds of dependencies; hard ones lead
// to those of higher numbers.
func randomTree(r *rand.Rand) *kmodtest.Tree {
	tree := &kmodtest.Tree{}
	n := 2 + r.IntN(12)
	some := func(from int, format string) []string {
		var names []string
		for i := from; i < n; i++ {
			if r.IntN(n) == 0 {
				names = append(names, fmt.Sprintf(format, i))
			}
		}
		return names
	}
	var config strings.Builder
	for i := range n {
		m := kmodtest.Module{Name: fmt.Sprintf("m%d", i), Aliases: []string{fmt.Sprintf("a%d", i), fmt.Sprintf("b%d", i/2)}, Builtin: r.IntN(8) == 0}
		if !m.Builtin {
			m.Depends = some(i+1, "m%d")
			m.Softdeps = []string{"pre: " + strings.Join(some(0, "m%d"), " ") + " post: " + strings.Join(some(0, "b%d"), " ")}
		}
		if weak := some(0, "a%d"); weak != nil && !m.Builtin {
			m.Weakdeps = []string{strings.Join(weak, " ")}
		}
		tree.Modules = append(tree.Modules, m)
		switch r.IntN(6) {
		case 0:
			fmt.Fprintf(&config, "options a%d p=%d\n", i, i)
		case 1:
			fmt.Fprintf(&config, "alias b%d m%d\n", i/2, i)
		case 2:
			fmt.Fprintf(&config, "softdep m%d pre: m%d\n", i, r.IntN(n))
		case 3:
			fmt.Fprintf(&config, "install m%d true\n", i)
		}
	}
	builtin := map[string]bool{}
	for _, m := range tree.Modules {
		builtin[m.Name] = m.Builtin
	}
	for i := range tree.Modules {
		m := &tree.Modules[i]
		m.Depends = slices.DeleteFunc(m.Depends, func(name string) bool { return builtin[name] })
	}
	tree.Modprobe = config.String()
	return tree
}

func weakdeps(tree *kmodtest.Tree, name string) []string {
	for _, m := range tree.Modules {
		if m.Name == name && len(m.Weakdeps) > 0 {
			return strings.Fields(m.Weakdeps[0])
		}
	}
	return nil
}

// checkSamePlan: both DBs make the same plan for a name, except for the order of
// steps that do not wait for each other.
func checkSamePlan(t *testing.T, a, b *kmod.DB, name string) {
	t.Helper()
	lines := func(db *kmod.DB) []string {
		plan, err := db.Plan(name)
		if err != nil {
			return []string{err.Error()}
		}
		list := strings.Split(plan.String(), "\n")
		slices.Sort(list)
		return list
	}
	if x, y := lines(a), lines(b); !slices.Equal(x, y) {
		t.Errorf("the plan for %s is\n%s\nin the image\n%s", name, strings.Join(x, "\n"), strings.Join(y, "\n"))
	}
}

// TestClosureExternal: a module of an external directory has a place in the image.
func TestClosureExternal(t *testing.T) {
	files, err := (&kmodtest.Tree{Modules: []kmodtest.Module{{Name: "a"}}}).FS()
	if err != nil {
		t.Fatal(err)
	}
	const dir = "lib/modules/6.1.0-test/"
	files["opt/drivers/a.ko"] = files[dir+"kernel/a.ko"]
	delete(files, dir+"kernel/a.ko")
	files[dir+"modules.dep.bin"] = &fstest.MapFile{Data: modtest.Index(modtest.Entry{Key: "a", Value: "/opt/drivers/a.ko:"})}
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: "6.1.0-test", AllowExternal: true})
	c, err := closure.Collect(context.Background(), db, &closure.Options{Select: []closure.Selection{{Path: "/opt/**"}}})
	if err != nil {
		t.Fatal(err)
	}
	image, err := c.FS(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := dbtest.Open(t, &kmod.Config{FS: image, Release: "6.1.0-test"}).Module("a")
	if err != nil || m.Path != dir+"external/a.ko" {
		t.Errorf("got %+v, %v", m, err)
	}
}

// TestClosureNoModule: a damaged list of modules does not bring files of another
// kind into an image, even if no module is read.
func TestClosureNoModule(t *testing.T) {
	const dir = "lib/modules/6.1.0-test/"
	files := fstest.MapFS{
		dir + "modules.dep.bin": {Data: modtest.Index(modtest.Entry{Key: "secret", Value: "/etc/secret:"}, modtest.Entry{Key: "text", Value: "text:"})},
		"etc/secret":            {Data: []byte("for others")},
		dir + "text":            {Data: []byte("a text")},
	}
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: "6.1.0-test", AllowExternal: true})
	for _, name := range []string{"secret", "text"} {
		_, err := closure.Collect(context.Background(), db, &closure.Options{NoFirmware: true}, name)
		if err == nil || !strings.HasSuffix(err.Error(), name+": it does not have the name of a module file") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestClosureLeaveOut: what a caller removes from the closure is not in the image.
func TestClosureLeaveOut(t *testing.T) {
	c, err := closure.Collect(context.Background(), imageTree(t), nil, "top")
	if err != nil {
		t.Fatal(err)
	}
	c.Modules = slices.DeleteFunc(c.Modules, func(m closure.Module) bool { return m.Name == "base" })
	c.Firmware, c.Config = nil, nil
	image, err := c.FS(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Join(fileNames(t, image), " ")
	if strings.Contains(names, "base.ko ") && !strings.Contains(names, "helper-base.ko") || strings.Contains(names, "firmware") || strings.Contains(names, "etc/") {
		t.Error(names)
	}
}

func TestClosureImageErrors(t *testing.T) {
	if _, err := (&closure.Closure{}).FS(context.Background(), nil); err == nil {
		t.Error("a closure of no DB makes an image")
	}
	tree := dbtest.Wide()
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	files["lib/modules/6.1.0-test/kernel/lib/base.ko"] = &fstest.MapFile{Data: []byte("no module")}
	db := dbtest.Configured(t, files, "")
	if _, err := closure.Collect(context.Background(), db, nil, "base"); !errors.Is(err, modinfo.ErrFormat) {
		t.Errorf("got %v", err)
	}
	c, err := closure.Collect(context.Background(), db, &closure.Options{NoFirmware: true}, "base")
	if err != nil {
		t.Fatal(err)
	}
	if image, err := c.FS(context.Background(), nil); image != nil || err == nil || !strings.Contains(err.Error(), "base.ko") {
		t.Errorf("got %v, %v", image, err)
	}
	dir := filepath.Join(t.TempDir(), "image")
	if err := c.CopyTo(context.Background(), dir, nil); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory is there: %v", err)
	}
}
