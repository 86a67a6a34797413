package symtab

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadExports(t *testing.T) {
	const text = "0x00000001\ta\tvmlinux\tEXPORT_SYMBOL\t\n" +
		"0x00000002\tb\tfs/xfs/xfs\tEXPORT_SYMBOL_GPL\tXFS\n" +
		"0x00000003\tc\tOLD\tdrivers/old\tEXPORT_SYMBOL_GPL\n" +
		"0x00000004\td\t\tvmlinux\tEXPORT_SYMBOL\n" +
		"5 e vmlinux\n" +
		"0x00000006\tf\tvmlinux\tEXPORT_SYMBOL_GPL\tmodule:kvm,kvm-intel\n" +
		"not line here\nshort\n\n"
	e, err := ReadExports(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Export{
		"a": {"vmlinux", 1, false, ""},
		"b": {"fs/xfs/xfs", 2, true, "XFS"},
		"c": {"drivers/old", 3, true, "OLD"},
		"d": {"vmlinux", 4, false, ""},
		"e": {"vmlinux", 5, false, ""},
		"f": {"vmlinux", 6, true, "module:kvm,kvm-intel"},
	} {
		if got, ok := e.Lookup(name); !ok || got != want || got.Kernel() != (want.File == "vmlinux") {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if _, ok := e.Lookup("g"); ok || len(e.symbols) != 6 || !e.Versions || !e.Licenses || !e.Namespaces || len(e.Warnings) != 2 {
		t.Errorf("%d symbols, warnings %v", len(e.symbols), e.Warnings)
	}
}

func TestReadExportsWithoutVersions(t *testing.T) {
	e, err := ReadExports(strings.NewReader("0x00000000\ta\tvmlinux\tEXPORT_SYMBOL\t\n"))
	if err != nil || e.Versions || len(e.symbols) != 1 {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestReadMapExports(t *testing.T) {
	const table = "ffffffff82000000 R __start___ksymtab\nffffffff82000000 r __ksymtab_a\nffffffff82000010 r __ksymtab_b\n" +
		"ffffffff82000010 R __start___ksymtab_gpl\nffffffff8200001c R __stop___ksymtab_gpl\nffffffff8200001c r __ksymtab_c\n" +
		"ffffffffc0000000 r __ksymtab_d\t[mod]\nffffffff82000010 T b\n"
	e, err := ReadMapExports(strings.NewReader(table))
	if err != nil || !e.Licenses || e.Versions || e.Namespaces || len(e.symbols) != 3 {
		t.Fatalf("got %+v, %v", e, err)
	}
	for name, want := range map[string]Export{"a": {File: "vmlinux"}, "b": {File: "vmlinux", GPLOnly: true}, "c": {File: "vmlinux"}} {
		if got, _ := e.Lookup(name); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	hidden, err := ReadMapExports(strings.NewReader("0 R __start___ksymtab_gpl\n0 R __stop___ksymtab_gpl\n0 r __ksymtab_a\n"))
	if got, ok := hidden.Lookup("a"); err != nil || hidden.Licenses || !ok || got.GPLOnly {
		t.Errorf("without addresses: %+v, %v", got, err)
	}
}

func TestReadExportsErrors(t *testing.T) {
	broken := errors.New("broken")
	if e, err := ReadExports(iotest.ErrReader(broken)); e != nil || !errors.Is(err, broken) {
		t.Errorf("got %v, %v", e, err)
	}
	if e, err := ReadMapExports(iotest.ErrReader(broken)); e != nil || !errors.Is(err, broken) {
		t.Errorf("got %v, %v", e, err)
	}
	many := strings.NewReader(strings.Repeat("0x1\t"+strings.Repeat("n", 20)+"\tvmlinux\n", 10))
	if e, err := ReadExports(many); err != nil || len(e.symbols) != 1 {
		t.Errorf("got %v, %v", e, err)
	}
}

func FuzzReadExports(f *testing.F) {
	f.Add("0x1\ta\tvmlinux\tEXPORT_SYMBOL\t\n")
	f.Add("0x1\ta\tNS\tvmlinux\tEXPORT_SYMBOL\nffffffff81000000 r __ksymtab_a\n")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ReadExports(strings.NewReader(text))
		set, setErr := ReadSymvers(strings.NewReader(text), Options{})
		if (err == nil) != (setErr == nil) {
			t.Fatalf("errors %v and %v", err, setErr)
		}
		if err == nil && len(e.symbols) < len(set.crcs) {
			t.Errorf("%d of %d symbols", len(e.symbols), len(set.crcs))
		}
		if m, err := ReadMapExports(strings.NewReader(text)); err == nil {
			plain, err := ReadSystemMap(strings.NewReader(text), Options{})
			if err != nil || len(m.symbols) != len(plain.crcs) {
				t.Errorf("%d and %d symbols, %v", len(m.symbols), len(plain.crcs), err)
			}
		}
	})
}

func TestHasKernel(t *testing.T) {
	for text, want := range map[string]bool{
		"": false,
		"ffff B The real System.map is elsewhere\n":                          false,
		"0x1\tf\tdrivers/a\tEXPORT_SYMBOL\n":                                 false,
		"0x1\tf\tdrivers/a\tEXPORT_SYMBOL\n0x2\tg\tvmlinux\tEXPORT_SYMBOL\n": true,
	} {
		e, err := ReadExports(strings.NewReader(text))
		if err != nil || e.HasKernel() != want {
			t.Errorf("%q: %v, %v", text, e, err)
		}
	}
}
