package diagnose_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestLoggedFindings: what the kernel logs about symbols is found, where nothing else
// tells it.
func TestLoggedFindings(t *testing.T) {
	for _, test := range []struct {
		line  string
		errno syscall.Errno
		want  string // the finding, "" for none
	}{
		{"m: disagrees about version of symbol printk", syscall.EINVAL, "would_fail version m printk vmlinux /0x00000007"},
		{"m: disagrees about version of symbol elsewhere", syscall.EINVAL, "would_fail version m elsewhere"},
		{"m: disagrees about version of symbol module_layout", syscall.ENOEXEC, "would_fail version m module_layout"},
		{"m: module uses symbol (printk) from namespace NS, but does not import it.", syscall.EINVAL,
			"would_fail namespace m printk vmlinux NS/"},
		{"m: module uses symbol printk from namespace NS, but does not import it.", syscall.EINVAL,
			"would_fail namespace m printk vmlinux NS/"},
		{"m: module uses symbol printk from namespace module:x,y, but does not import it.", syscall.EINVAL,
			"would_fail namespace m printk vmlinux module:x,y/m"},
		{"m: exports duplicate symbol m_fn (owned by kernel)", syscall.ENOEXEC, "would_fail duplicate m m_fn vmlinux"},
		{"m: exports duplicate symbol m_fn (owned by other)", syscall.ENOEXEC, "would_fail duplicate m m_fn other"},
		{"m: exports duplicate symbol ", syscall.ENOEXEC, ""},
		{"m: something else", syscall.ENOEXEC, ""},
	} {
		m := modtest.Named("m", []string{"m_fn"}, []string{"printk"})
		m.Versions[0].CRC = 7
		files := modtest.Tree(nil, modtest.TreeModule{Path: "m.ko", File: m.Build()})
		db := dbtest.Open(t, &kmod.Config{FS: files, Release: modtest.Release})
		k := &dbtest.ListingKernel{Kernel: kmodtest.New(modtest.Release), Kallsyms: dbtest.ListNoTable}
		k.OnCall = func(kmodtest.Call) error {
			k.Print(test.line)
			return test.errno
		}
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: k, KernelLog: true, Explain: diagnose.Explainer()})
		_, err := loader.Load(t.Context(), "m")
		var got []string
		for _, f := range findings(err) {
			got = append(got, summary(f))
			if f.Source != "the kernel log" {
				t.Errorf("%q: the source is %q", test.line, f.Source)
			}
		}
		if strings.Join(got, "|") != test.want {
			t.Errorf("%q: found %q in %v", test.line, got, err)
		}
	}
}
