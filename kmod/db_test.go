package kmod_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

func TestMain(m *testing.M) { vm.Main(m) }

// names returns the names of modules.
func names(modules []kmod.Module) []string {
	var names []string
	for _, m := range modules {
		names = append(names, m.Name)
	}
	return names
}

func TestLookup(t *testing.T) {
	db := dbtest.Golden(t)
	tests := []struct {
		name string
		want []string
	}{
		{"gm_top", []string{"gm_top"}},
		{"gm-top", []string{"gm_top"}},
		{"gm-dash-name", []string{"gm_dash_name"}},
		{"gm-dash-alias", []string{"gm_dash_name"}},
		{"usb:v1D6Bp0105d0213dc00dsc00dp00ic00isc00ip00in00", []string{"gm_dev"}},
		{"symbol:gm_mid_fn", []string{"gm_mid"}},
		{"char-major-10-250", []string{"gm_dev"}},
		{"fs-gmfs", []string{"gm_dev"}},
		{"gm_built_in", []string{"gm_built_in"}},
		{"pci:v00001AF4d00001100sv00001AF4sd00001100bc01sc00i00", []string{"gm_built_in"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found, err := db.Lookup(test.name)
			if err != nil || !slices.Equal(names(found), test.want) {
				t.Errorf("found %v, %v, want %v", names(found), err, test.want)
			}
		})
	}
}

func TestModule(t *testing.T) {
	db := dbtest.Golden(t)
	m, err := db.Module("gm-mid")
	want := filepath.Join(db.Dir(), "kernel/gm/gm_mid.ko.xz")
	if err != nil || m.Name != "gm_mid" || m.Path != want || m.Builtin {
		t.Errorf("gm-mid is %+v, %v, want path %s", m, err, want)
	}
	if m, err := db.Module("gm_built_in"); err != nil || !m.Builtin || m.Path != "" {
		t.Errorf("gm_built_in is %+v, %v", m, err)
	}
	if _, err := db.Module("fs-gmfs"); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("an alias as the name of a module gives %v", err)
	}
}

func TestDependencies(t *testing.T) {
	db := dbtest.Golden(t)
	tests := []struct {
		name string
		want []string
	}{
		{"gm_soft2", []string{"gm_base", "gm_mid", "gm_top"}},
		{"gm-mid", []string{"gm_base"}},
		{"gm_base", nil},
		{"gm_built_in", nil},
	}
	for _, test := range tests {
		deps, err := db.Dependencies(test.name)
		if err != nil || !slices.Equal(names(deps), test.want) {
			t.Errorf("%s needs %v, %v, want %v", test.name, names(deps), err, test.want)
		}
	}
	if _, err := db.Dependencies("nosuch"); !errors.Is(err, kmod.ErrNotFound) {
		t.Errorf("an unknown module gives %v", err)
	}
}

func TestModules(t *testing.T) {
	var got []string
	for m, err := range dbtest.Golden(t).Modules() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m.Name)
	}
	want := []string{"gm_base", "gm_dash_name", "gm_dev", "gm_mid", "gm_param", "gm_soft", "gm_soft2", "gm_top"}
	if !slices.Equal(got, want) {
		t.Errorf("modules are %v, want %v", got, want)
	}
}

func TestInfo(t *testing.T) {
	db := dbtest.Golden(t)
	info, err := db.Info("gm_param")
	if err != nil || info.Name() != "gm_param" || info.Path != filepath.Join(db.Dir(), "kernel/gm/gm_param.ko.xz") {
		t.Errorf("got %+v, %v", info, err)
	}
	info, err = db.Info("gm_built_in")
	if err != nil || info.Description() != "a built-in" || info.Path != "" {
		t.Errorf("got %+v, %v", info, err)
	}
}

// TestNotFound: the error says which files were searched.
func TestNotFound(t *testing.T) {
	db := dbtest.Golden(t)
	_, err := db.Lookup("no-such-module")
	var lookup *kmod.LookupError
	if !errors.Is(err, kmod.ErrNotFound) || !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &lookup) {
		t.Fatalf("error is %#v", err)
	}
	want := []string{"modules.dep.bin", "modules.alias.bin", "modules.builtin.bin", "modules.builtin.alias.bin"}
	if !slices.Equal(lookup.Searched, want) || lookup.Missing != nil {
		t.Errorf("searched %v, missing %v", lookup.Searched, lookup.Missing)
	}
	if !strings.Contains(err.Error(), "no-such-module") || !strings.Contains(err.Error(), db.Dir()) {
		t.Errorf("the error reads %q", err)
	}
}

func TestMissingFiles(t *testing.T) {
	tests := []struct {
		name string
		fsys fs.FS
		want string
	}{
		{"no directory", fstest.MapFS{},
			"module a not found: there is no module directory lib/modules/6.1.0-test, nor lib/modules"},
		{"only dep", fstest.MapFS{"lib/modules/6.1.0-test/modules.dep.bin": {Data: modtest.Index()}},
			"module a not found: lib/modules/6.1.0-test has no modules.alias.bin, nor modules.alias; run depmod"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := dbtest.Open(t, &kmod.Config{FS: test.fsys, Release: modtest.Release})
			_, err := db.Lookup("a")
			if !errors.Is(err, kmod.ErrNotFound) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestCorruptIndex(t *testing.T) {
	files := modtest.Tree([]string{"b"}, modtest.TreeModule{Path: "kernel/a.ko", Aliases: []string{"x:*"}})
	const dir = "lib/modules/" + modtest.Release + "/"
	tests := []struct {
		file string
		data []byte
		ask  string
	}{
		{"modules.dep.bin", nil, "a"},
		{"modules.dep.bin", []byte("no index at all"), "a"},
		{"modules.dep.bin", files[dir+"modules.dep.bin"].Data[:20], "a"},
		{"modules.alias.bin", files[dir+"modules.alias.bin"].Data[:20], "x:1"},
		{"modules.builtin.bin", []byte{0xb0}, "b"},
	}
	for _, test := range tests {
		broken := fstest.MapFS{}
		for name, file := range files {
			broken[name] = file
		}
		broken[dir+test.file] = &fstest.MapFile{Data: test.data}
		for kind, cfg := range map[string]*kmod.Config{
			"fs": {FS: broken, Release: modtest.Release}, "disk": {Root: modtest.Write(t, broken), Release: modtest.Release}} {
			found, err := dbtest.Open(t, cfg).Lookup(test.ask)
			if !errors.Is(err, kmod.ErrCorrupt) || found != nil || !strings.Contains(err.Error(), test.file) {
				t.Errorf("%s, %s with %d bytes: found %v, %v", kind, test.file, len(test.data), found, err)
			}
		}
	}
}

// TestPathsThatLeave: no entry of modules.dep leads out of the module
// directory.
func TestPathsThatLeave(t *testing.T) {
	const dir = "lib/modules/" + modtest.Release + "/"
	for _, path := range []string{"../evil.ko", "kernel/../../evil.ko", "../../../etc/passwd", "/evil.ko", "/", "", ".", "..",
		"kernel/../..", "//evil.ko", "./../evil.ko"} {
		t.Run(path, func(t *testing.T) {
			files := modtest.Tree(nil)
			files[dir+"modules.dep.bin"] = &fstest.MapFile{Data: modtest.Index(
				modtest.Entry{Key: "evil", Value: path + ":"}, modtest.Entry{Key: "user", Value: "kernel/user.ko: " + path + " "})}
			db := dbtest.Open(t, &kmod.Config{Root: modtest.Write(t, files), Release: modtest.Release})
			var pathErr *kmod.Error
			_, err := db.Lookup("evil")
			if !errors.Is(err, kmod.ErrPath) || !failedTo(err, "locate", &pathErr) || pathErr.Module != "evil" {
				t.Errorf("lookup gives %v", err)
			}
			if plan, err := db.Plan("evil"); plan != nil || !errors.Is(err, kmod.ErrPath) {
				t.Errorf("plan gives %v, %v", plan, err)
			}
			if strings.TrimSpace(path) == "" {
				return
			}
			if deps, err := db.Dependencies("user"); deps != nil || !errors.Is(err, kmod.ErrPath) {
				t.Errorf("dependencies give %v, %v", deps, err)
			}
		})
	}
}

func TestAllowExternal(t *testing.T) {
	files := modtest.Tree(nil, modtest.TreeModule{Path: "/opt/extra/a.ko"})
	files["opt/extra/a.ko"] = &fstest.MapFile{Data: modtest.Named("a", nil, nil).Build()}
	root := modtest.Write(t, files)
	db := dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.Release, AllowExternal: true})
	info, err := db.Info("a")
	if err != nil || info.Path != filepath.Join(root, "opt/extra/a.ko") {
		t.Errorf("got %v, %v", info, err)
	}
}

// TestLinksThatLeave: a symbolic link in a tree under a Root does not reach the
// machine's own files.
func TestLinksThatLeave(t *testing.T) {
	files := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko"}, modtest.TreeModule{Path: "kernel/b.ko"},
		modtest.TreeModule{Path: "extra/c.ko", File: modtest.Named("c", nil, nil).Build()})
	root := modtest.Write(t, files)
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	outside := filepath.Join(t.TempDir(), "a.ko")
	if err := os.WriteFile(outside, modtest.Named("a", nil, nil).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "kernel"), 0o755),
		os.Symlink(outside, filepath.Join(dir, "kernel/a.ko")),
		os.Symlink("../extra/c.ko", filepath.Join(dir, "kernel/b.ko"))); err != nil {
		t.Skip("this file system has no symbolic links: ", err)
	}
	db := dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.Release})
	if info, err := db.Info("a"); err == nil {
		t.Errorf("a link out of the root gives %v", info)
	}
	if info, err := db.Info("b"); err != nil || info.Name() != "c" {
		t.Errorf("a link inside the root gives %v, %v", info, err)
	}
}

// TestClose: a DB can be closed while it is used; later calls say so.
func TestClose(t *testing.T) {
	for _, cfg := range []*kmod.Config{
		{Root: modtest.GoldenRoot(t), Release: modtest.GoldenRelease},
		{Root: modtest.Write(t, largeTree()), Release: modtest.Release}, // its index is mapped
	} {
		db, err := kmod.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, err := range db.Modules() {
			if err != nil {
				t.Fatal(err)
			}
			if count++; count == 1 {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}
		}
		if count < 8 {
			t.Errorf("the iteration ended after %d modules", count)
		}
		if _, err := db.Lookup("gm_top"); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("the second Close: %v", err)
		}
	}
}

// largeTree has an index of more than 16 KiB.
func largeTree() fstest.MapFS {
	var modules []modtest.TreeModule
	for i := range 500 {
		modules = append(modules, modtest.TreeModule{Path: fmt.Sprintf("kernel/with/a/long/path/module%d.ko", i)})
	}
	return modtest.Tree(nil, modules...)
}

// TestConcurrentClose closes a DB while many goroutines read it.
func TestConcurrentClose(t *testing.T) {
	root := modtest.Write(t, largeTree())
	for range 20 {
		db, err := kmod.Open(&kmod.Config{Root: root, Release: modtest.Release})
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for {
					m, err := db.Module("module7")
					if errors.Is(err, fs.ErrClosed) {
						return
					}
					if err != nil || m.Name != "module7" {
						t.Errorf("got %v, %v", m, err)
						return
					}
				}
			})
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		group.Wait()
	}
}

// TestOpenAgain: a temporary failure is not remembered.
func TestOpenAgain(t *testing.T) {
	files := modtest.Tree(nil, modtest.TreeModule{Path: "a.ko"})
	flaky := &flakyFS{MapFS: files, failures: 1}
	db := dbtest.Open(t, &kmod.Config{FS: flaky, Release: modtest.Release})
	if _, err := db.Module("a"); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("the first time: %v", err)
	}
	if _, err := db.Module("a"); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

// flakyFS fails to open index files a number of times.
type flakyFS struct {
	fstest.MapFS
	failures int
}

func (f *flakyFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".bin") && f.failures > 0 {
		f.failures--
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EMFILE}
	}
	return f.MapFS.Open(name)
}

func TestOpenErrors(t *testing.T) {
	if _, err := kmod.Open(&kmod.Config{Root: filepath.Join(t.TempDir(), "absent"), Release: "x"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent root gives %v", err)
	}
	for _, release := range []string{"..", ".", "a/b", "a\x00b", "/"} {
		if _, err := kmod.Open(&kmod.Config{Release: release}); err == nil {
			t.Errorf("release %q was accepted", release)
		}
	}
	if _, err := kmod.Open(&kmod.Config{FS: fstest.MapFS{}, ModuleDir: "../up"}); !errors.Is(err, kmod.ErrPath) {
		t.Errorf("a module directory outside the root gives %v", err)
	}
}

func TestModuleDir(t *testing.T) {
	files := modtest.Tree(nil, modtest.TreeModule{Path: "kernel/a.ko"})
	moved := fstest.MapFS{}
	for name, file := range files {
		moved[strings.Replace(name, "lib/modules/"+modtest.Release, "somewhere/else", 1)] = file
	}
	merged := fstest.MapFS{}
	for name, file := range files {
		merged["usr/"+name] = file
	}
	for name, cfg := range map[string]*kmod.Config{
		"moved": {FS: moved, ModuleDir: "/somewhere/else"}, "merged /usr": {FS: merged, Release: modtest.Release}} {
		if m, err := dbtest.Open(t, cfg).Module("a"); err != nil || !strings.HasSuffix(m.Path, "/kernel/a.ko") {
			t.Errorf("%s: got %+v, %v", name, m, err)
		}
	}
}

func TestAliasOfMany(t *testing.T) {
	var modules []modtest.TreeModule
	var want []string
	for i := range 40 {
		name := "m" + string(rune('a'+i/26)) + string(rune('a'+i%26))
		modules = append(modules, modtest.TreeModule{Path: "kernel/" + name + ".ko", Aliases: []string{"x:*", "x:1*"}})
		want = append(want, name)
	}
	db := dbtest.Open(t, &kmod.Config{FS: modtest.Tree(nil, modules...), Release: modtest.Release})
	found, err := db.Lookup("x:1")
	if err != nil || !reflect.DeepEqual(names(found), want) {
		t.Errorf("found %v, %v", names(found), err)
	}
}
