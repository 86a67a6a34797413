package diagnose_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// uncheckedWhat reports whether something is unchecked whose description begins so.
func uncheckedWhat(d *diagnose.Diagnosis, start string) bool {
	return slices.ContainsFunc(d.Unchecked, func(u diagnose.Unchecked) bool { return strings.HasPrefix(u.What, start) })
}

// TestRunningLicense: the addresses in the list of the kernel's symbols tell which are for
// modules under the GPL only. What is not known matters to other modules alone.
func TestRunningLicense(t *testing.T) {
	const (
		entries = "10 r __ksymtab_printk\n20 r __ksymtab_gpl_only\n0 D jiffies\n"
		bounds  = "20 R __start___ksymtab_gpl\n30 R __stop___ksymtab_gpl\n"
		hidden  = "0 r __ksymtab_printk\n0 r __ksymtab_gpl_only\n0 D jiffies\n" +
			"0 R __start___ksymtab_gpl\n0 R __stop___ksymtab_gpl\n"
	)
	for _, test := range []struct{ name, license, kallsyms, want, unchecked string }{
		{"proprietary", "Proprietary", entries + bounds, "would_fail license m gpl_only vmlinux GPL/Proprietary",
			"versions and namespaces of 2 symbols"},
		{"GPL", "GPL", entries + bounds, "", "versions and namespaces of 2 symbols"},
		{"proprietary, one table", "Proprietary", entries, "", "versions, licenses and namespaces of 2 symbols"},
		{"proprietary, hidden addresses", "Proprietary", hidden, "", "versions, licenses and namespaces of 2 symbols"},
		{"GPL, one table", "GPL", entries, "", "versions and namespaces of 2 symbols"},
	} {
		m := modtest.Named("m", nil, []string{"printk", "gpl_only"})
		setField(m, "license", test.license)
		got, d := listedDiagnosis(t, m, test.kallsyms, nil)
		if strings.Join(got, "|") != test.want {
			t.Errorf("%s: found %q", test.name, got)
		}
		if !uncheckedWhat(d, test.unchecked) {
			t.Errorf("%s: unchecked are %v", test.name, d.Unchecked)
		}
		for _, f := range d.Findings {
			if f.Source != "/proc/kallsyms" {
				t.Errorf("%s: the source is %q", test.name, f.Source)
			}
		}
	}
	unversioned := modtest.Named("m", nil, []string{"printk"})
	unversioned.Versions = nil
	if _, d := listedDiagnosis(t, unversioned, entries, nil); !uncheckedWhat(d, "namespaces of 1 symbol") {
		t.Errorf("without versions, unchecked are %v", d.Unchecked)
	}
}
