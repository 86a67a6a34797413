package kmod_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// otherRelease is a DB in which virtio and what it needs are modules, for a kernel
// that has virtio built in.
func otherRelease(t *testing.T) (*kmod.DB, *kmodtest.Kernel) {
	t.Helper()
	tree := kmodtest.Tree{Modprobe: "alias disk virtio\nalias net outside\n", Modules: []kmodtest.Module{
		{Name: "ring"}, {Name: "virtio", Depends: []string{"ring"}}, {Name: "blk", Depends: []string{"virtio"}},
	}}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	kernel := kmodtest.New(db.Release())
	kernel.Builtin = []string{"virtio", "outside"}
	return db, kernel
}

// TestBuiltinOfTheKernel: what the kernel has built in counts as loaded, whatever the
// DB says about it.
func TestBuiltinOfTheKernel(t *testing.T) {
	for _, test := range []struct {
		name     string
		inserted []string
		outcome  kmod.Outcome // of the module that was asked for
	}{
		{"virtio", nil, kmod.OutcomeBuiltin},
		{"disk", nil, kmod.OutcomeBuiltin},
		{"nosuch", nil, 0},
		{"outside", nil, kmod.OutcomeBuiltin},
		{"net", nil, kmod.OutcomeBuiltin},
		{"blk", []string{"ring", "blk"}, kmod.OutcomeInserted},
	} {
		for _, dry := range []bool{false, true} {
			db, kernel := otherRelease(t)
			loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
			result, err := loader.Load(t.Context(), test.name)
			if plan, planErr := db.Plan(test.name); dry && planErr == nil {
				kernel := kmodtest.New(db.Release())
				kernel.Builtin = []string{"virtio", "outside"}
				loader = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
				result, err = loader.Run(t.Context(), plan, &kmod.RunOptions{DryRun: true})
			}
			if test.outcome == 0 {
				if !errors.Is(err, kmod.ErrNotFound) {
					t.Errorf("%s: the error is %v", test.name, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", test.name, err)
			}
			for _, c := range kernel.Calls() {
				if c.Module == "virtio" { // it says EINVAL, or worse
					t.Errorf("%s: the kernel was asked for a second virtio", test.name)
				}
			}
			last := result.Steps[len(result.Steps)-1]
			if last.Outcome != test.outcome || !slices.Equal(result.Inserted(), test.inserted) {
				t.Errorf("%s, dry %v: %v, inserted %v", test.name, dry, last.Outcome, result.Inserted())
			}
		}
	}
}

// TestBuiltinAlone: in a container without a module directory, the kernel alone knows.
func TestBuiltinAlone(t *testing.T) {
	db := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: release})
	kernel := kmodtest.New(release)
	kernel.Builtin = []string{"virtio_pci"}
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	result, err := loader.Load(t.Context(), "virtio-pci", "virtio_pci")
	if err != nil || len(result.Steps) != 1 {
		t.Fatalf("got %+v, %v", result, err)
	}
	if s := result.Steps[0]; s.Outcome != kmod.OutcomeBuiltin || !s.Step.Module.Builtin {
		t.Errorf("got %+v", s)
	}
	if _, err := loader.Load(t.Context(), "virtio_pci", "other"); !errors.Is(err, kmod.ErrNoModuleDir) {
		t.Errorf("the error for another module is %v", err)
	}
	if calls := kernel.Calls(); len(calls) > 0 {
		t.Errorf("the kernel was asked for %v", calls)
	}
}

// TestBuiltinDiagnosed: what only the kernel knows can be diagnosed, just as it can be
// loaded.
func TestBuiltinDiagnosed(t *testing.T) {
	empty := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: release})
	other, kernel := otherRelease(t)
	if err := kernel.InitModule(modtest.Named("alive", nil, nil).Build(), ""); err != nil {
		t.Fatal(err)
	}
	for _, db := range []*kmod.DB{empty, other} {
		for name, want := range map[string]diagnose.FindingKind{"outside": diagnose.FindingBuiltin, "alive": diagnose.FindingLoaded} {
			d, err := diagnose.Module(db, &diagnose.Options{Kernel: kernel}, kmod.Request{Name: name})
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Findings) != 1 || d.Findings[0].Kind != want || !d.Loads() || d.Modules[0].Name != name {
				t.Errorf("%s: %+v", name, d)
			}
		}
		_, err := diagnose.Module(db, &diagnose.Options{Kernel: kernel}, kmod.Request{Name: "nosuch"})
		if !errors.Is(err, kmod.ErrNotFound) {
			t.Errorf("an unknown one: %v", err)
		}
	}
}

// TestBuiltinUnloaded: a built-in cannot be removed, whether a DB knows it, takes it for
// a module, or there is no DB.
func TestBuiltinUnloaded(t *testing.T) {
	empty := dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, Release: release})
	other, kernel := otherRelease(t)
	for _, db := range []*kmod.DB{empty, other, nil} {
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
		for _, name := range []string{"virtio", "outside"} {
			if _, err := loader.Unload(t.Context(), nil, name); !errors.Is(err, kmod.ErrBuiltin) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := loader.Unload(t.Context(), nil, "nosuch"); (err == nil) != (db == nil) {
			t.Errorf("nosuch: %v", err)
		}
	}
	if calls := kernel.Calls(); len(calls) > 0 {
		t.Errorf("the kernel was asked for %v", calls)
	}
}

// TestStatusOfBuiltin: a built-in is not taken for a module that is being loaded,
// whatever the DB knows and whether or not there is a list of modules.
func TestStatusOfBuiltin(t *testing.T) {
	db, kernel := otherRelease(t)
	bare := fileKernel{proc: fstest.MapFS{}, sys: fstest.MapFS{"module/virtio/parameters/x": {}}}
	for _, db := range []*kmod.DB{db, nil} {
		for _, k := range []live.Kernel{kernel, bare} {
			loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k})
			if status, err := loader.Status("virtio"); status != kmod.StatusBuiltin || err != nil {
				t.Errorf("the status is %v, %v", status, err)
			}
		}
	}
}

// frozenKernel shows files that never change, and a kernel's answers.
type frozenKernel struct {
	*kmodtest.Kernel
	proc, sys fstest.MapFS
}

func (k frozenKernel) Proc() fs.FS { return k.proc }
func (k frozenKernel) Sys() fs.FS  { return k.sys }

// TestNothingToWaitFor: files that look like those of a module being removed, although
// the kernel never says so, do not hold up a load.
func TestNothingToWaitFor(t *testing.T) {
	for what, file := range map[string]string{"count": "refcnt", "holders": "holders/x"} {
		db, kernel := otherRelease(t)
		kernel.Builtin = nil
		sys := fstest.MapFS{"module/ring/" + file: {Data: []byte("0\n")}}
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: frozenKernel{kernel, fstest.MapFS{"modules": {}}, sys}})
		result, err := loader.Load(context.Background(), "ring")
		if err != nil || !slices.Equal(result.Inserted(), []string{"ring"}) {
			t.Errorf("%s: %v, %v", what, result, err)
		}
	}
}

// TestBuiltins: all that modules.builtin lists, in order.
func TestBuiltins(t *testing.T) {
	names := func(db *kmod.DB) (list []string, err error) {
		for m, err := range db.Builtins() {
			if err != nil {
				return list, err
			}
			if found, err := db.Module(m.Name); err != nil || found != m {
				t.Errorf("%+v is found as %+v, %v", m, found, err)
			}
			list = append(list, m.Name)
		}
		return list, nil
	}
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "z-last", Builtin: true}, {Name: "m"}, {Name: "first", Builtin: true}}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	const file = "lib/modules/6.1.0-test/modules.builtin.bin"
	open := func(data []byte) *kmod.DB {
		some := maps.Clone(files)
		if some[file] = (&fstest.MapFile{Data: data}); data == nil {
			delete(some, file)
		}
		delete(some, strings.TrimSuffix(file, ".bin"))
		return dbtest.Open(t, &kmod.Config{FS: some, Release: "6.1.0-test"})
	}
	if got, err := names(open(files[file].Data)); err != nil || !slices.Equal(got, []string{"first", "z_last"}) {
		t.Errorf("%q, %v", got, err)
	}
	for range open(files[file].Data).Builtins() {
		break
	}
	for what, test := range map[string]struct {
		data []byte
		want error
	}{
		"none": {nil, kmod.ErrNoIndexes}, "an empty file": {[]byte{}, kmod.ErrNoIndexes},
		"garbage": {[]byte("garbage"), kmod.ErrCorrupt},
	} {
		got, err := names(open(test.data))
		if len(got) != 0 || !errors.Is(err, test.want) || !strings.Contains(err.Error(), "modules.builtin.bin") {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
	got, err := names(dbtest.Open(t, &kmod.Config{FS: files, Release: "6.2"}))
	if len(got) != 0 || !errors.Is(err, kmod.ErrNoModuleDir) {
		t.Errorf("no directory: %q, %v", got, err)
	}
}
