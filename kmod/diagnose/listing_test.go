package diagnose_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

// listingDiagnoser diagnoses modules that need the kernel's function printk and
// variable jiffies, and "nowhere".
func listingDiagnoser(t *testing.T, k live.Kernel, opts diagnose.Options) *diagnose.Diagnoser {
	t.Helper()
	_, m, peer := goodModules()
	needs(m, "jiffies")
	needs(m, "nowhere")
	m.Needed = slices.DeleteFunc(m.Needed, func(n modtest.Needed) bool { return n.Name == "base_fn" })
	m.Versions = slices.DeleteFunc(m.Versions, func(v modtest.Version) bool { return v.Name == "base_fn" })
	db := dbtest.Open(t, &kmod.Config{FS: modtest.Tree(nil, modtest.TreeModule{Path: "kernel/m.ko", File: m.Build()},
		modtest.TreeModule{Path: "kernel/aaa.ko", File: peer.Build()}), Release: modtest.Release})
	opts.Kernel = k
	d, err := diagnose.New(db, &opts)
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

// TestDiagnoseListing: a symbol that the kernel's list cannot tell about is not a
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
		{"all", dbtest.ListAll, false, false, missing, "", ""},
		{"no table", dbtest.ListNoTable, false, false, missing, "", ""},
		{"functions", dbtest.ListFunctions, false, false, "", "2 symbols", functions},
		{"empty", "", false, false, "", "3 symbols", nothing},
		{"zeros", strings.Repeat("\x00", 5000), false, false, "", "3 symbols", nothing},
		{"none", "none", false, false, "", "3 symbols", "no /proc/kallsyms that can be read"},
		{"functions, Module.symvers", dbtest.ListFunctions, false, true, missing, "", ""},
		{"none, Module.symvers", "none", false, true, missing, "", ""},
		{"all, of a foreign module", dbtest.ListAll + "0 r __ksymtab_nowhere\t[foreign]\n0 d x\t[foreign]\n",
			true, false, "", "", ""},
		{"all, of a foreign module without table", dbtest.ListAll + "0 d nowhere\t[foreign]\n", true, false, "", "", ""},
		{"all, not exported by a foreign module", dbtest.ListAll + "0 r __ksymtab_x\t[foreign]\n0 d nowhere\t[foreign]\n",
			true, false, missing, "", ""},
		{"functions, of a foreign module", dbtest.ListFunctions + "0 t nowhere\t[foreign]\n",
			true, false, "", "1 symbol", functions},
		{"functions, perhaps of a foreign module", dbtest.ListFunctions + "0 t x\t[foreign]\n",
			true, true, "", "1 symbol", unindexed},
		{"functions, of a foreign module, Module.symvers", dbtest.ListFunctions + "0 t nowhere\t[foreign]\n",
			true, true, "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := &dbtest.ListingKernel{Kernel: kmodtest.New(modtest.Release), Kallsyms: test.kallsyms}
			if test.foreign {
				insertForeign(t, k.Kernel)
			}
			var opts diagnose.Options
			if test.symvers {
				opts.Symvers = strings.NewReader(symversText() + "0x00000000\tjiffies\tvmlinux\tEXPORT_SYMBOL\t\n")
			}
			found, err := listingDiagnoser(t, k, opts).Diagnose(kmod.Request{Name: "m"})
			if err != nil {
				t.Fatal(err)
			}
			var got string
			for _, f := range found.Findings {
				if f.Kind != diagnose.FindingVersion { // of jiffies
					got += summary(f)
				}
			}
			if got != test.want {
				t.Errorf("found %q", got)
			}
			var unsure, why string
			for _, u := range found.Unchecked {
				if u.Kind == diagnose.FindingSymbol {
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

// TestDiagnoseForeignGoes: a module that no index lists provides its symbols for as
// long as it is loaded.
func TestDiagnoseForeignGoes(t *testing.T) {
	k := &dbtest.ListingKernel{Kernel: kmodtest.New(modtest.Release), Kallsyms: dbtest.ListAll + "0 r __ksymtab_nowhere\t[foreign]\n"}
	insertForeign(t, k.Kernel)
	d := listingDiagnoser(t, k, diagnose.Options{})
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

// TestInsertErrorListing: an error does not call symbols missing unless that is
// known.
func TestInsertErrorListing(t *testing.T) {
	for _, test := range []struct {
		name, license, kallsyms string
		log                     bool
		want                    error
		missing                 string
	}{
		{"all", "GPL", dbtest.ListAll, false, kmod.ErrUnknownSymbol, "nowhere"},
		{"functions", "GPL", dbtest.ListFunctions, false, kmod.ErrUnknownSymbol, ""},
		{"empty", "GPL", "", false, kmod.ErrUnknownSymbol, ""},
		{"none", "GPL", "none", false, kmod.ErrUnknownSymbol, ""},
		{"functions, all there", "GPL", dbtest.ListFunctions + "c0100000 T jiffies\nc0100000 T nowhere\n", false, kmod.ErrInit, ""},
		{"functions, as the log says", "GPL", dbtest.ListFunctions, true, kmod.ErrUnknownSymbol, "nowhere"},
		{"another license, as the log says", "Proprietary", dbtest.ListAll, true, kmod.ErrUnknownSymbol, "nowhere"},
		{"another license, functions", "Proprietary", dbtest.ListFunctions, true, kmod.ErrUnknownSymbol, ""},
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
			k := &dbtest.ListingKernel{Kernel: kmodtest.New(modtest.Release), Kallsyms: test.kallsyms}
			k.OnCall = func(c kmodtest.Call) error {
				k.Print("m: Unknown symbol nowhere (err -2)")
				return syscall.ENOENT
			}
			_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: test.log, Explain: diagnose.Explainer()}).Load(context.Background(), "m")
			var insert *kmod.Error
			if !errors.As(err, &insert) || !errors.Is(err, test.want) {
				t.Fatal(err)
			}
			var missing []string
			for _, f := range findings(err) {
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
