package diagnose_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// listedDiagnosis diagnoses a module for a kernel with such a list of symbols, in which
// modules with those exports are loaded. It returns the short forms of the findings too.
func listedDiagnosis(
	t *testing.T, m *modtest.Module, kallsyms string, loaded map[string]string,
) (findings []string, d *diagnose.Diagnosis) {
	t.Helper()
	_, _, peer := goodModules()
	db := dbtest.Open(t, &kmod.Config{FS: modtest.Tree(nil, modtest.TreeModule{Path: "kernel/m.ko", File: m.Build()},
		modtest.TreeModule{Path: "kernel/aaa.ko", File: peer.Build()}), Release: modtest.Release})
	k := &dbtest.ListingKernel{Kernel: kmodtest.New(modtest.Release), Kallsyms: kallsyms}
	for name, symbol := range loaded {
		if err := k.InitModule(modtest.Named(name, []string{symbol}, nil).Build(), ""); err != nil {
			t.Fatal(err)
		}
	}
	d, err := diagnose.Module(db, &diagnose.Options{Kernel: k}, kmod.Request{Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range d.Findings {
		findings = append(findings, summary(f))
	}
	return findings, d
}

// TestDuplicates: what the module exports must not be exported by the kernel that runs,
// nor by a module that is loaded.
func TestDuplicates(t *testing.T) {
	const (
		unlisted  = "the kernel that runs does not list its exports in /proc/kallsyms"
		functions = "the kernel that runs lists only functions in /proc/kallsyms"
		ofModule  = "0 r __ksymtab_m_fn\t[other]\n0 t other_init\t[other]\n"
	)
	other := map[string]string{"other": "m_fn"}
	for _, test := range []struct {
		name, kallsyms string
		loaded         map[string]string
		want           string // the finding, "" for none
		unchecked      string // the reasons, joined
	}{
		{"none", dbtest.ListAll, nil, "", ""},
		{"of the kernel", dbtest.ListAll + "0 r __ksymtab_m_fn\n", nil, "would_fail duplicate m m_fn vmlinux", ""},
		{"not exported by the kernel", dbtest.ListAll + "0 T m_fn\n", nil, "", ""},
		{"of a kernel that does not list its exports", dbtest.ListNoTable + "0 T m_fn\n", nil, "", unlisted},
		{"of a kernel that lists functions only", dbtest.ListFunctions, nil, "", unlisted},
		{"of a module", dbtest.ListAll + ofModule, other, "would_fail duplicate m m_fn other", ""},
		{"of a module that is gone", dbtest.ListAll + ofModule, nil, "", ""},
		{"not exported by a module", dbtest.ListAll + "0 t m_fn\t[other]\n", other, "", ""},
		{"of a module, of which only functions are listed", dbtest.ListFunctions + ofModule, other,
			"would_fail duplicate m m_fn other", unlisted + "|" + functions},
		{"of the module itself", dbtest.ListAll + "0 r __ksymtab_m_fn\t[m]\n", map[string]string{"m": "m_fn"},
			"note loaded m", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := modtest.Named("m", []string{"m_fn"}, []string{"printk"})
			got, d := listedDiagnosis(t, m, test.kallsyms, test.loaded)
			got = slices.DeleteFunc(got, func(f string) bool { return strings.Contains(f, " version ") })
			if strings.Join(got, "|") != test.want {
				t.Errorf("found %q", got)
			}
			var why []string
			for _, u := range d.Unchecked {
				if u.Kind == diagnose.FindingDuplicate {
					why = append(why, u.Why)
					if !strings.HasSuffix(u.What, "exports the symbol that m exports") {
						t.Errorf("unchecked is %q", u.What)
					}
				}
			}
			if strings.Join(why, "|") != test.unchecked {
				t.Errorf("unchecked because %q", why)
			}
		})
	}
}

// TestDuplicatesChange: which modules are loaded is asked every time.
func TestDuplicatesChange(t *testing.T) {
	db := dbtest.Open(t, &kmod.Config{FS: (&diagnosed{}).tree(t), Release: modtest.Release})
	k := &dbtest.ListingKernel{Kernel: kmodtest.New(modtest.Release)}
	k.Kallsyms = dbtest.ListAll + "0 r __ksymtab_m_fn\t[other]\n"
	d, err := diagnose.New(db, &diagnose.Options{Kernel: k})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{false, true, false} {
		found, err := d.Diagnose(kmod.Request{Name: "m"})
		if err != nil || found.Loads() == want {
			t.Errorf("loaded %v: %v, %v", want, found, err)
		}
		if want {
			err = k.DeleteModule("other", 0)
		} else {
			err = k.InitModule(modtest.Named("other", []string{"m_fn"}, nil).Build(), "")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
