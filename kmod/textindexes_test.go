package kmod_test

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// textOnly is a file system without the binary index files.
type textOnly struct{ fs.FS }

func (f textOnly) Open(name string) (fs.File, error) {
	if strings.HasPrefix(filepath.Base(name), "modules.") && strings.HasSuffix(name, ".bin") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return f.FS.Open(name)
}

// list collects a sequence, with its error as the last element.
func list[T any](all iter.Seq2[T, error]) []string {
	var out []string
	for v, err := range all {
		out = append(out, strings.ReplaceAll(fmt.Sprint(v, err), ".bin", ""))
	}
	return out
}

// sameAnswers compares what two DBs say about everything in them. Each step-th name and
// alias is looked up.
func sameAnswers(t *testing.T, binary, text *kmod.DB, step int) {
	t.Helper()
	for what, of := range map[string]func(*kmod.DB) []string{
		"modules":  func(db *kmod.DB) []string { return list(db.Modules()) },
		"aliases":  func(db *kmod.DB) []string { return list(db.Aliases()) },
		"symbols":  func(db *kmod.DB) []string { return list(db.Symbols()) },
		"builtins": func(db *kmod.DB) []string { return list(db.Builtins()) },
	} {
		want, got := of(binary), of(text)
		if len(want) == 0 {
			t.Errorf("there are no %s to compare", what)
		}
		for i := range max(len(want), len(got)) {
			if i >= len(want) || i >= len(got) || want[i] != got[i] {
				t.Errorf("%s differ at %d of %d and %d", what, i, len(want), len(got))
				break
			}
		}
	}
	for i, name := range everyName(t, binary) {
		if i%step == 0 {
			sameLookup(t, binary, text, name)
		}
	}
}

// everyName returns those of everything in a DB, and some that nothing has.
func everyName(t *testing.T, db *kmod.DB) []string {
	t.Helper()
	names := []string{"nobody", "pci:v0", "symbol:none"}
	for m, err := range db.Modules() {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, m.Name)
	}
	for m, err := range db.Builtins() {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, m.Name)
	}
	for _, all := range []iter.Seq2[kmod.Alias, error]{db.Aliases(), db.Symbols()} {
		for a, err := range all {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, strings.NewReplacer("*", "0", "?", "1").Replace(a.Pattern))
		}
	}
	return names
}

func sameLookup(t *testing.T, binary, text *kmod.DB, name string) {
	t.Helper()
	show := func(v any, err error) string {
		return strings.NewReplacer(".bin", "", "builtin.modinfo", "builtin.alias").Replace(fmt.Sprintf("%v, %v", v, err))
	}
	for what, of := range map[string]func(*kmod.DB) string{
		"Lookup":       func(db *kmod.DB) string { return show(db.Lookup(name)) },
		"Dependencies": func(db *kmod.DB) string { return show(db.Dependencies(name)) },
		"Plan":         func(db *kmod.DB) string { return show(db.Plan(name)) },
		"Matches":      func(db *kmod.DB) string { return show(list(db.Matches(name)), nil) },
		"Exporters":    func(db *kmod.DB) string { return show(db.Exporters(strings.TrimPrefix(name, "symbol:"))) },
		"PlanAliases": func(db *kmod.DB) string {
			plan, unknown, err := db.PlanAliases(nil, name)
			return show(unknown, err) + show(plan, err)
		},
	} {
		if want, got := of(binary), of(text); want != got {
			t.Errorf("%s of %s is\n%s, with text files\n%s", what, name, want, got)
		}
	}
}

// TestTextIndexes: without binary index files the text files give the same answers.
func TestTextIndexes(t *testing.T) {
	golden, _ := dbtest.Golden(t).FS()
	cfg := kmod.Config{FS: golden, Release: modtest.GoldenRelease}
	binary := dbtest.Open(t, &cfg)
	cfg.FS = textOnly{golden}
	sameAnswers(t, binary, dbtest.Open(t, &cfg), 1)
}

// TestTextIndexesOfKernels is TestTextIndexes for the kernels that the tests boot.
func TestTextIndexesOfKernels(t *testing.T) {
	kernels := vm.Cached()
	if len(kernels) == 0 {
		t.Skip("no kernel is in the cache of package vm")
	}
	step := 97
	if testing.Short() {
		step = 997
	}
	for _, k := range kernels {
		t.Run(k.Release, func(t *testing.T) {
			cfg := kmod.Config{FS: os.DirFS(k.Dir), Release: k.Release}
			binary := dbtest.Open(t, &cfg)
			cfg.FS = textOnly{cfg.FS}
			sameAnswers(t, binary, dbtest.Open(t, &cfg), step)
		})
	}
}

// TestTextIndexFiles: each index has its own text file; a binary one that is damaged is
// an error all the same, and so is a text file.
func TestTextIndexFiles(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "a", Needs: []string{"b_do"}, Aliases: []string{"x:*"}},
		{Name: "b", Exports: []string{"b_do"}}}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	dir := "lib/modules/" + modtest.Release + "/"
	open := func(name, data string) *kmod.DB {
		some := fstest.MapFS{}
		for file, f := range files {
			some[file] = f
		}
		delete(some, dir+"modules.dep.bin")
		delete(some, dir+"modules.alias.bin")
		some[dir+"modules.dep"] = &fstest.MapFile{Data: []byte("kernel/a.ko: kernel/b.ko\nkernel/b.ko:\n")}
		some[dir+"modules.alias"] = &fstest.MapFile{Data: []byte("alias x:* a\n")}
		some[dir+name] = &fstest.MapFile{Data: []byte(data)}
		return dbtest.Open(t, &kmod.Config{FS: some, Release: modtest.Release})
	}
	for _, test := range []struct {
		name, data, wants string
		err               error
	}{
		{"other", "", "kernel/b.ko kernel/a.ko", nil},
		{"modules.dep", "kernel/a.ko: kernel/b.ko\nkernel/b.ko:", "", kmod.ErrCorrupt},
		{"modules.dep", "kernel/a.ko: ../b.ko\n../b.ko:\n", "", kmod.ErrPath},
		{"modules.dep", "kernel/a.ko: /b.ko\n", "", kmod.ErrPath},
		{"modules.dep.bin", "kernel/a.ko: kernel/b.ko\nkernel/b.ko:\n", "", kmod.ErrCorrupt},
		{"modules.alias", "alias x:* a", "", kmod.ErrCorrupt},
		{"modules.alias", "alias x:* a\n", "kernel/b.ko kernel/a.ko", nil},
		{"modules.alias", "# nothing\n", "", kmod.ErrNotFound},
	} {
		db := open(test.name, test.data)
		plan, err := db.Plan("x:1")
		var got []string
		if err == nil {
			for _, s := range plan.Steps {
				got = append(got, db.Rel(s.Module))
			}
		}
		if strings.Join(got, " ") != test.wants || !errors.Is(err, test.err) {
			t.Errorf("%s of %q: %q, %v", test.name, test.data, got, err)
		}
	}
	var lookup *kmod.LookupError
	_, err = open("other", "").Lookup("nobody")
	want := []string{"modules.dep", "modules.alias", "modules.builtin.bin", "modules.builtin.alias.bin"}
	if !errors.As(err, &lookup) || !slices.Equal(lookup.Searched, want) {
		t.Errorf("%v", err)
	}
}

// TestTextIndexSize: a file without end is an error, at no cost.
func TestTextIndexSize(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "lib/modules", modtest.Release)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "modules.dep"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(1<<30), f.Close()); err != nil {
		t.Skip("no sparse files: ", err)
	}
	db := dbtest.Open(t, &kmod.Config{Root: root, Release: modtest.Release})
	allocated := testing.AllocsPerRun(1, func() { _, err = db.Module("a") })
	var failed *fs.PathError
	if !errors.As(err, &failed) || failed.Path != filepath.Join(dir, "modules.dep") || allocated > 1000 {
		t.Errorf("%v, %v allocations", err, allocated)
	}
}
