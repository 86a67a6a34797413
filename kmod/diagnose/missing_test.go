package diagnose_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestMissing: a symbol of a module that is not loaded is not one that nothing has, nor is
// one of a module whose file is gone.
func TestMissing(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "base", Exports: []string{"base_fn"}}}}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.ko")
	for _, test := range []struct {
		name, license string
		gone, log     bool
		needs         string
		want, in      string
	}{
		{"not loaded", "GPL", false, false, "base_fn", "would_fail dependency m base_fn base", "missing: base_fn (ENOENT)"},
		{"not loaded, logged", "GPL", false, true, "base_fn", "would_fail dependency m base_fn base", "missing: base_fn (ENOENT)"},
		{"not loaded, not free", "Proprietary", false, false, "base_fn",
			"would_fail dependency m base_fn base",
			"m needs the symbol base_fn of the module base, which is not loaded (ENOENT)"},
		{"gone", "GPL", true, false, "base_fn", "would_fail symbol m base_fn base", "missing: base_fn (ENOENT)"},
		{"nowhere", "Proprietary", false, false, "nowhere", "would_fail symbol m nowhere",
			"m needs the symbol nowhere, which neither the kernel nor a module exports (ENOENT)"},
		{"all there, not free", "Proprietary", false, false, "printk", "",
			"a symbol that is not for modules of its license, or its init function failed (ENOENT)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := modtest.Named("m", nil, []string{test.needs})
			setField(m, "license", test.license)
			if err := os.WriteFile(path, m.Build(), 0o644); err != nil {
				t.Fatal(err)
			}
			db := dbtest.Tree(t, tree, "", nil)
			if test.gone {
				for name := range files {
					if strings.HasSuffix(name, "/base.ko") {
						delete(files, name)
					}
				}
				db = dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
			}
			k := &dbtest.ListingKernel{Kernel: kmodtest.New(modtest.Release), Kallsyms: dbtest.ListAll}
			k.OnCall = func(kmodtest.Call) error {
				k.Print("m: Unknown symbol " + test.needs + " (err -2)")
				return syscall.ENOENT
			}
			loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: test.log, Explain: diagnose.Explainer()})
			err := loader.Insert(t.Context(), path, "", 0)
			var got []string
			for _, f := range findings(err) {
				got = append(got, summary(f))
			}
			if strings.Join(got, "|") != test.want || !strings.Contains(err.Error(), test.in) {
				t.Errorf("found %q\n%v", got, err)
			}
		})
	}
}

// TestNameTaken: no module can have the name of a part of the kernel that /sys/module
// shows.
func TestNameTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my-loop.ko")
	if err := os.WriteFile(path, modtest.Named("loop", nil, nil).Build(), 0o644); err != nil {
		t.Fatal(err)
	}
	db := dbtest.Open(t, &kmod.Config{FS: (&diagnosed{}).tree(t), Release: modtest.Release})
	k := kmodtest.New(modtest.Release)
	k.Builtin = []string{"loop"}
	d, err := diagnose.Module(db, &diagnose.Options{Kernel: k}, kmod.Request{Path: path})
	const want = "my_loop cannot be loaded: a part of the kernel has the name loop."
	if err != nil || d.Loads() || !strings.Contains(d.String(), want) {
		t.Errorf("before: %v, %v", d, err)
	}
	k.OnCall = func(kmodtest.Call) error { return syscall.EINVAL }
	err = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, Explain: diagnose.Explainer()}).Insert(t.Context(), path, "", 0)
	if list := findings(err); len(list) != 1 || summary(list[0]) != "would_fail builtin my_loop" {
		t.Errorf("after: %v, %v", list, err)
	}
}
