package kmod_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// listingKernel is a kernel whose /proc/kallsyms says what the test wants; that
// of "none" has no such file.
type listingKernel struct {
	*kmodtest.Kernel
	kallsyms string
}

func (k *listingKernel) Proc() fs.FS { return listingFS{k.Kernel.Proc(), k.kallsyms} }

type listingFS struct {
	fs.FS
	kallsyms string
}

func (f listingFS) Open(name string) (fs.File, error) {
	switch {
	case name != "kallsyms":
		return f.FS.Open(name)
	case f.kallsyms == "none":
		return nil, fs.ErrNotExist
	}
	return fstest.MapFS{name: &fstest.MapFile{Data: []byte(f.kallsyms)}}.Open(name)
}

// Lists as kernels have them: with all symbols, those exported and others; with
// functions only, as without KALLSYMS_ALL; both without privileges.
const (
	listAll = "0000000000000000 A fixed_percpu_data\n0000000000000000 T printk\n0000000000000000 r __ksymtab_printk\n" +
		"0000000000000000 r __ksymtab_jiffies\n0000000000000000 D jiffies\n"
	listNoTable   = "ffffffff81000000 T printk\nffffffff82000000 D jiffies\n"
	listFunctions = "c0100000 T _stext\nc0100000 T printk\nc0100010 t nobody_else\nc0100020 W weak_one\n"
)

// listingDiagnoser is for modules that need the function printk and the variable
// jiffies of the kernel, and "nowhere".
func listingDiagnoser(t *testing.T, k live.Kernel, opts kmod.DiagnoseOptions) *kmod.Diagnoser {
	t.Helper()
	_, m, peer := goodModules()
	needs(m, "jiffies")
	needs(m, "nowhere")
	m.Needed = slices.DeleteFunc(m.Needed, func(n modtest.Needed) bool { return n.Name == "base_fn" })
	m.Versions = slices.DeleteFunc(m.Versions, func(v modtest.Version) bool { return v.Name == "base_fn" })
	db := dbtest.Open(t, &kmod.Config{FS: modtest.Tree(nil, modtest.TreeModule{Path: "kernel/m.ko", File: m.Build()},
		modtest.TreeModule{Path: "kernel/aaa.ko", File: peer.Build()}), Release: modtest.Release})
	opts.Kernel = k
	d, err := db.Diagnoser(&opts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// insertForeign inserts a module that is in no index.
func insertForeign(t *testing.T, k *kmodtest.Kernel) {
	t.Helper()
	if err := k.InitModule(modtest.Named("foreign", []string{"nowhere"}, nil).Build(), ""); err != nil {
		t.Fatal(err)
	}
}

// TestDiagnoseListing: what the kernel's list of symbols does not say is not a
// finding.
func TestDiagnoseListing(t *testing.T) {
	const (
		missing   = "would_fail symbol m nowhere"
		functions = "the kernel that runs lists only functions in /proc/kallsyms"
		nothing   = "the kernel that runs lists no symbols in /proc/kallsyms"
		unindexed = "a module that is loaded is in no index, and " + functions
	)
	for _, test := range []struct {
		name, kallsyms string
		foreign        bool
		symvers        bool
		want           string // the finding, "" for none
		unsure, why    string // what is unchecked
	}{
		{"all", listAll, false, false, missing, "", ""},
		{"no table", listNoTable, false, false, missing, "", ""},
		{"functions", listFunctions, false, false, "", "2 symbols", functions},
		{"empty", "", false, false, "", "3 symbols", nothing},
		{"zeros", strings.Repeat("\x00", 5000), false, false, "", "3 symbols", nothing},
		{"none", "none", false, false, "", "3 symbols", "no /proc/kallsyms that can be read"},
		{"functions, Module.symvers", listFunctions, false, true, missing, "", ""},
		{"none, Module.symvers", "none", false, true, missing, "", ""},
		{"all, of a foreign module", listAll + "0 r __ksymtab_nowhere\t[foreign]\n0 d x\t[foreign]\n",
			true, false, "", "", ""},
		{"all, of a foreign module without table", listAll + "0 d nowhere\t[foreign]\n", true, false, "", "", ""},
		{"all, not exported by a foreign module", listAll + "0 r __ksymtab_x\t[foreign]\n0 d nowhere\t[foreign]\n",
			true, false, missing, "", ""},
		{"functions, of a foreign module", listFunctions + "0 t nowhere\t[foreign]\n",
			true, false, "", "1 symbols", functions},
		{"functions, perhaps of a foreign module", listFunctions + "0 t x\t[foreign]\n",
			true, true, "", "1 symbols", unindexed},
		{"functions, of a foreign module, Module.symvers", listFunctions + "0 t nowhere\t[foreign]\n",
			true, true, "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := &listingKernel{kmodtest.New(modtest.Release), test.kallsyms}
			if test.foreign {
				insertForeign(t, k.Kernel)
			}
			var opts kmod.DiagnoseOptions
			if test.symvers {
				opts.Symvers = strings.NewReader(symversText() + "0x00000000\tjiffies\tvmlinux\tEXPORT_SYMBOL\t\n")
			}
			found, err := listingDiagnoser(t, k, opts).Diagnose(kmod.Request{Name: "m"})
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, f := range found.Findings {
				if f.Kind != kmod.FindingVersion { // of jiffies
					got += summary(f)
				}
			}
			if got != test.want {
				t.Errorf("found %q", got)
			}
			var unsure, why string
			for _, u := range found.Unchecked {
				if u.Kind == kmod.FindingSymbol {
					unsure, why = u.What, u.Why
				}
			}
			if !strings.Contains(unsure, test.unsure) || !strings.Contains(why, test.why) ||
				(unsure == "") != (test.unsure == "") {
				t.Errorf("unchecked: %s; %s", unsure, why)
			}
		})
	}
}

// TestDiagnoseForeignGoes: a module that no index lists helps as long as it is
// loaded.
func TestDiagnoseForeignGoes(t *testing.T) {
	k := &listingKernel{kmodtest.New(modtest.Release), listAll + "0 r __ksymtab_nowhere\t[foreign]\n"}
	insertForeign(t, k.Kernel)
	d := listingDiagnoser(t, k, kmod.DiagnoseOptions{})
	for _, want := range []int{0, 1} {
		found, err := d.Diagnose(kmod.Request{Name: "m"})
		if err != nil || len(found.Findings) != want || !slices.Contains(found.Needs, "foreign") {
			t.Errorf("%v\n%v", err, found)
		}
		if want == 1 && !strings.HasPrefix(summary(found.Findings[0]), "might_fail dependency m nowhere foreign") {
			t.Errorf("%v", found)
		}
		if err := k.DeleteModule("foreign", 0); err != nil && want == 0 {
			t.Fatal(err)
		}
	}
}

// TestInsertErrorListing: an error does not call symbols missing of which that is
// not known.
func TestInsertErrorListing(t *testing.T) {
	for _, test := range []struct {
		name, license, kallsyms string
		log                     bool
		want                    error
		missing                 string
	}{
		{"all", "GPL", listAll, false, kmod.ErrUnknownSymbol, "nowhere"},
		{"functions", "GPL", listFunctions, false, kmod.ErrUnknownSymbol, ""},
		{"empty", "GPL", "", false, kmod.ErrUnknownSymbol, ""},
		{"none", "GPL", "none", false, kmod.ErrUnknownSymbol, ""},
		{"functions, all there", "GPL", listFunctions + "c0100000 T jiffies\nc0100000 T nowhere\n", false, kmod.ErrInit, ""},
		{"functions, as the log says", "GPL", listFunctions, true, kmod.ErrUnknownSymbol, "nowhere"},
		{"another license, as the log says", "Proprietary", listAll, true, kmod.ErrUnknownSymbol, "nowhere"},
		{"another license, functions", "Proprietary", listFunctions, true, kmod.ErrUnknownSymbol, ""},
		{"another license, empty", "Proprietary", "", true, kmod.ErrUnknownSymbol, ""},
		{"another license, none", "Proprietary", "none", true, kmod.ErrUnknownSymbol, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := modtest.Named("m", nil, []string{"printk", "jiffies", "nowhere"})
			m.Modinfo[0] = "license=" + test.license
			db := dbtest.Open(t, &kmod.Config{
				FS:      modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: m.Build()}),
				Release: modtest.Release,
			})
			k := &listingKernel{kmodtest.New(modtest.Release), test.kallsyms}
			k.OnCall = func(c kmodtest.Call) error {
				k.Print("m: Unknown symbol nowhere (err -2)")
				return syscall.ENOENT
			}
			_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: test.log}).Load(context.Background(), "m")
			var insert *kmod.InsertError
			if !errors.As(err, &insert) || !errors.Is(err, test.want) {
				t.Fatal(err)
			}
			var missing []string
			for _, f := range insert.Findings {
				missing = append(missing, f.Symbol)
			}
			if strings.Join(missing, " ") != test.missing || strings.Contains(insert.Detail, "missing") != (test.missing != "") {
				t.Errorf("%v: %v", err, missing)
			}
			if test.log && !strings.Contains(err.Error(), "nowhere") {
				t.Errorf("it does not say what the kernel said: %v", err)
			}
		})
	}
}
