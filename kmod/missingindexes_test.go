package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// questions are all calls of a DB whose answers only its indexes have.
func questions(db *kmod.DB) map[string]error {
	ctx := context.Background()
	kernel := kmodtest.New(db.Release())
	kernel.Plug(uevent.Device{Devpath: "/devices/a", Modalias: "pci:1"})
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	asked := map[string]error{}
	_, asked["Lookup"] = db.Lookup("x")
	_, asked["Lookup alias"] = db.Lookup("pci:1")
	_, asked["Lookup symbol"] = db.Lookup("symbol:x")
	_, asked["Plan"] = db.Plan("x")
	_, _, asked["PlanAliases"] = db.PlanAliases(nil, "pci:1")
	_, _, asked["PlanAliases of none"] = db.PlanAliases(nil)
	_, asked["Module"] = db.Module("x")
	_, asked["Dependencies"] = db.Dependencies("x")
	_, asked["Info"] = db.Info("x")
	_, asked["Closure"] = closure.Collect(ctx, db, nil, "x")
	_, asked["Closure of none"] = closure.Collect(ctx, db, nil)
	paths, aliases := []closure.Selection{{Path: "kernel", Optional: true}}, []closure.Selection{{Alias: "*", Optional: true}}
	_, asked["Closure of paths"] = closure.Collect(ctx, db, &closure.Options{Select: paths})
	_, asked["Closure of aliases"] = closure.Collect(ctx, db, &closure.Options{Select: aliases})
	_, asked["Closure of devices"] = closure.Collect(ctx, db, &closure.Options{Modaliases: slices.Values([]string{"pci:1"})})
	_, asked["Diagnose"] = diagnose.Module(db, nil, kmod.Request{Name: "x"})
	_, asked["Load"] = loader.Load(ctx, "x")
	_, asked["Coldplug"] = loader.Coldplug(ctx, nil)
	_, asked["Unload"] = loader.Unload(ctx, nil, "x")
	for _, err := range db.Modules() {
		asked["Modules"] = err
	}
	for _, err := range db.Aliases() {
		asked["Aliases"] = err
	}
	for _, err := range db.Symbols() {
		asked["Symbols"] = err
	}
	return asked
}

const release, moduleDir = "6.1.0-9-amd64", "lib/modules/6.1.0-9-amd64"

// without returns a tree with modules and without some of its index files, nor the text
// files that could take their places.
func without(t *testing.T, names ...string) fstest.MapFS {
	t.Helper()
	tree := kmodtest.Tree{Release: release, Modules: []kmodtest.Module{
		{Name: "y", Aliases: []string{"usb:*"}, Exports: []string{"y_do"}},
		{Name: "inside", Builtin: true, Aliases: []string{"acpi:*"}},
	}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		delete(files, moduleDir+"/"+name)
		delete(files, moduleDir+"/"+strings.TrimSuffix(name, ".bin"))
		if name == "modules.builtin.alias.bin" {
			delete(files, moduleDir+"/modules.builtin.modinfo")
		}
	}
	return files
}

// TestNothingThere: every call that needs something missing on the disk fails.
func TestNothingThere(t *testing.T) {
	for what, test := range map[string]struct {
		fsys   fs.FS
		reason error
	}{
		"no directory": {fstest.MapFS{}, kmod.ErrNoModuleDir},
		"no indexes": {without(t, "modules.dep.bin", "modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin",
			"modules.builtin.alias.bin"), kmod.ErrNoIndexes},
	} {
		db := dbtest.Open(t, &kmod.Config{FS: test.fsys, Release: release})
		for question, err := range questions(db) {
			if !errors.Is(err, test.reason) || !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s, %s: the error is %v", what, question, err)
			}
			switch question {
			case "Lookup", "Plan", "Module", "Dependencies", "Info", "Diagnose", "Load", "Unload":
				if !errors.Is(err, kmod.ErrNotFound) {
					t.Errorf("%s, %s: the error %v is not ErrNotFound", what, question, err)
				}
			}
		}
		status, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kmodtest.New(release)}).Status("x")
		if status != kmod.StatusUnknown || err != nil {
			t.Errorf("%s: the status is %v, %v", what, status, err)
		}
	}
}

// TestSomethingMissing: only calls that need the missing index fail.
func TestSomethingMissing(t *testing.T) {
	tests := []struct{ missing, fail, work, want string }{
		{"modules.alias.bin", "Lookup, Lookup alias, Plan, PlanAliases, PlanAliases of none, Closure of aliases, " +
			"Closure of devices, Diagnose, Load, Coldplug, Unload, Aliases",
			"Modules, Module y, Lookup y, Lookup symbol:y_do, Lookup acpi:1",
			"lib/modules/6.1.0-9-amd64 has no modules.alias.bin, nor modules.alias; run depmod"},
		{"modules.symbols.bin", "Lookup symbol, Symbols", "Aliases, Modules, Module y, Lookup y, Lookup usb:1, Lookup acpi:1",
			"lib/modules/6.1.0-9-amd64 has no modules.symbols.bin, nor modules.symbols; run depmod"},
		{"modules.dep.bin", "Module, Modules, Lookup, PlanAliases, Closure, Coldplug, Load",
			"Module inside, Lookup inside, Lookup acpi:1",
			"lib/modules/6.1.0-9-amd64 has no modules.dep.bin, nor modules.dep; run depmod"},
		{"modules.builtin.alias.bin", "", "Modules, Module inside, Lookup y, Lookup usb:1, Lookup inside, PlanAliases", ""},
		{"modules.builtin.bin", "", "Modules, Module y, Lookup y, Lookup usb:1, Lookup acpi:1, Coldplug", ""},
	}
	for _, test := range tests {
		db := dbtest.Open(t, &kmod.Config{FS: without(t, test.missing), Release: release})
		asked := questions(db)
		for question := range strings.SplitSeq(test.fail, ", ") {
			err := asked[question]
			if question != "" && (!errors.Is(err, kmod.ErrNoIndexes) || !strings.HasSuffix(err.Error(), test.want)) {
				t.Errorf("without %s, %s: the error is %v", test.missing, question, err)
			}
		}
		for question := range strings.SplitSeq(test.work, ", ") {
			err := asked[question]
			switch method, name, _ := strings.Cut(question, " "); {
			case name == "":
			case method == "Module":
				_, err = db.Module(name)
			default:
				_, err = db.Lookup(name)
			}
			if err != nil {
				t.Errorf("without %s, %s: the error is %v", test.missing, question, err)
			}
		}
	}
}

// TestEmptyBuiltins: for a kernel without built-ins, their indexes have no entries or
// no bytes; an old depmod writes none.
func TestEmptyBuiltins(t *testing.T) {
	files := without(t, "modules.builtin.alias.bin")
	files[moduleDir+"/modules.builtin.bin"] = &fstest.MapFile{}
	delete(files, moduleDir+"/modules.builtin")
	db := dbtest.Open(t, &kmod.Config{FS: files, Release: release})
	var lookup *kmod.LookupError
	if _, err := db.Lookup("x"); !errors.As(err, &lookup) || lookup.Absence != nil || errors.Is(err, kmod.ErrNoIndexes) {
		t.Errorf("the error is %v", err)
	}
	if _, err := db.Lookup("y"); err != nil {
		t.Error(err)
	}
}

// TestAbsence: the sentence names the directory, and the releases that are there.
func TestAbsence(t *testing.T) {
	tree := func(names ...string) fstest.MapFS {
		files := fstest.MapFS{}
		for _, name := range names {
			files[name] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		}
		return files
	}
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprintf("lib/modules/6.%02d", i))
	}
	dir := "there is no module directory " + moduleDir
	given := kmod.Config{Indexes: fstest.MapFS{}}
	tests := []struct {
		fsys fs.FS
		cfg  kmod.Config
		want string
	}{
		{tree(), kmod.Config{}, dir + ", nor lib/modules"},
		{tree("lib/modules"), kmod.Config{}, dir + "; lib/modules has none"},
		{tree("lib/modules/6.12.1"), kmod.Config{}, dir + "; lib/modules has 6.12.1"},
		{tree("lib/modules/6.12.1", "lib/modules/6.1.0-8-amd64"), kmod.Config{},
			dir + "; lib/modules has 6.1.0-8-amd64 and 6.12.1"},
		{tree("usr/lib/modules/3", "usr/lib/modules/1", "usr/lib/modules/2"), kmod.Config{},
			dir + "; usr/lib/modules has 1, 2 and 3"},
		{tree("lib/modules/a\n"), kmod.Config{}, dir + `; lib/modules has "a\n"`},
		{tree(many...), kmod.Config{}, dir + "; lib/modules has 6.00, 6.01, 6.02, 6.03, 6.04, 6.05, 6.06, 6.07 and others"},
		{tree("etc", "opt"), kmod.Config{ModuleDir: "built"}, "there is no module directory built"},
		{tree(moduleDir), kmod.Config{}, moduleDir + " has no module indexes (no modules.dep.bin, nor modules.dep); run depmod"},
		{tree(), given, "the indexes that were given for " + moduleDir + " have no modules.dep.bin, nor modules.dep"},
		{tree(moduleDir), given, "the indexes that were given for " + moduleDir + " have no modules.dep.bin, nor modules.dep"},
	}
	for _, test := range tests {
		test.cfg.FS, test.cfg.Release = test.fsys, release
		db := dbtest.Open(t, &test.cfg)
		for _, err := range db.Modules() {
			if err == nil || err.Error() != test.want {
				t.Errorf("the error is %v, want %s", err, test.want)
			}
		}
	}
}

// TestIndexesAlone: given indexes answer without a module directory.
func TestIndexesAlone(t *testing.T) {
	indexes, err := fs.Sub(without(t), moduleDir)
	if err != nil {
		t.Fatal(err)
	}
	db := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Indexes: indexes, Release: release})
	for m, err := range db.Modules() {
		if m.Name != "y" || err != nil {
			t.Errorf("got %v, %v", m, err)
		}
	}
	if _, err := db.Plan("usb:1", "inside"); err != nil {
		t.Error(err)
	}
	if _, unknown, err := db.PlanAliases(nil, "usb:1", "pci:1"); !slices.Equal(unknown, []string{"pci:1"}) || err != nil {
		t.Errorf("unknown %v, %v", unknown, err)
	}
}

// TestNothingBehindAlias: where configuration names a module that cannot be
// found, the error of the load says why.
func TestNothingBehindAlias(t *testing.T) {
	files := []kmod.ConfigFile{{Name: "a.conf", Text: "alias a x\nalias b y\ninstall y /bin/true\n"}}
	db := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: release, ConfigFiles: files})
	ran := ""
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{
		Kernel:  kmodtest.New(release),
		Command: func(_ context.Context, c *kmod.Command) error { ran = c.Module; return nil },
	})
	_, err := loader.Load(t.Context(), "a")
	if !errors.Is(err, kmod.ErrNotFound) || !errors.Is(err, kmod.ErrNoModuleDir) {
		t.Errorf("the error is %v", err)
	}
	if _, err := loader.Load(t.Context(), "b"); err != nil || ran != "y" {
		t.Errorf("ran the command of %q, %v", ran, err)
	}
}
