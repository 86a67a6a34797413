package symtab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
)

// TestTooLarge: the bounds are those that the error names.
func TestTooLarge(t *testing.T) {
	for _, number := range []string{"268435456", "33554432"} {
		if !strings.Contains(ErrTooLarge.Error(), number) {
			t.Errorf("%q does not name %s", ErrTooLarge, number)
		}
	}
	if s, err := ReadSystemMap(io.LimitReader(endless{}, MaxSize), Options{}); err != nil || len(s.crcs) != 0 {
		t.Errorf("a file of the largest size: %v, %v", s, err)
	}
	if s, err := ReadSystemMap(io.LimitReader(endless{}, MaxSize+1), Options{}); s != nil || err != ErrTooLarge {
		t.Errorf("one byte more: %v, %v", s, err)
	}
}

// counted is what a text counts for against MaxNames, in each way of reading
// it.
func counted(t *testing.T, text string) (set, exports, mapped int) {
	t.Helper()
	r := &reader{set: &Set{versions: true}, width: 4, take: (*reader).takeSymversLine}
	e, files := &Exports{symbols: map[string]Export{}}, map[string]string{}
	x := &reader{set: &Set{}, width: 5, take: func(r *reader, words [][]byte) { e.takeLine(r, words, files) }}
	m := mapExports{e: &Exports{symbols: map[string]Export{}}, at: map[string]uint64{}}
	y := &reader{set: &Set{}, width: 4, take: m.takeLine}
	for _, r := range []*reader{r, x, y} {
		if _, err := read(strings.NewReader(text), r); err != nil {
			t.Fatal(err)
		}
	}
	return r.names, x.names, y.names
}

// TestCounted: each name counts once, with what is kept along with it, and ignored
// lines do not count.
func TestCounted(t *testing.T) {
	for _, test := range []struct {
		text                 string
		set, exports, mapped int
	}{
		{"", 0, 0, 0},
		{"0x1 abc vmlinux WAY\n", 3 + 32, 7 + 32 + 3 + 64, 0},
		{"0x1 abc vmlinux WAY\n0x2 abc vmlinux WAY\n", 3 + 32, 7 + 32 + 3 + 64, 0},
		{"0x1 abc vmlinux WAY\n0x2 de vmlinux WAY\n", 5 + 64, 7 + 32 + 5 + 128, 0},
		{"0x1 abc vmlinux WAY NS\n", 3 + 32, 7 + 32 + 3 + 2 + 64, 0},
		{"0x1 abc fs/xfs WAY\n", 0, 6 + 32 + 3 + 64, 0},
		{"zz abc vmlinux WAY\nabc\n", 0, 0, 0},
		{"0 r __ksymtab_abc\n1 r __ksymtab_abc\n0 r __ksymtab_\n0 R __start___ksymtab_gpl\n0 r __ksymtab_m [mod]\n", 0, 0, 3 + 64},
	} {
		set, exports, mapped := counted(t, test.text)
		if test.mapped > 0 {
			exports = test.exports // the text is of another kind
		}
		if set != test.set || exports != test.exports || mapped != test.mapped {
			t.Errorf("%q counts for %d, %d and %d", test.text, set, exports, mapped)
		}
	}
}

// TestManyNames: names may add up to MaxNames, and not to one byte more. Each counts
// 32 bytes extra, or 64 if more is kept of it.
func TestManyNames(t *testing.T) {
	for _, more := range []int{0, 1} {
		r := &reader{set: &Set{}, width: 4, names: MaxNames - 35 + more, take: (*reader).takeSymversLine}
		set, err := read(strings.NewReader("0x1 abc vmlinux\n"), r)
		if (err == nil) != (more == 0) || (set == nil) != (err != nil) || err != nil && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%d more: %v", more, err)
		}
	}
}

// TestPrefixAlone: any character may be the prefix, and a name may consist of the
// prefix alone.
func TestPrefixAlone(t *testing.T) {
	for _, prefix := range []byte{1, '_', 'x', 0xff} {
		p := string([]byte{prefix})
		s, err := ReadSymvers(strings.NewReader("1 "+p+" vmlinux\n2 "+p+"a vmlinux\n3 "+p+p+" vmlinux\n"), Options{prefix})
		if err != nil || len(s.crcs) != 2 || !s.Has("a") || !s.Has(p) {
			t.Errorf("prefix %q: %v, %v", prefix, s, err)
		}
		if got := Exported(p+"a", prefix) + "," + Exported(p, prefix) + "," + Needed("."+p+"b", prefix); got != "a,,b" {
			t.Errorf("prefix %q: %q", prefix, got)
		}
	}
	if s, err := ReadSymvers(strings.NewReader("1 \x00a vmlinux\n"), Options{}); err != nil || !s.Has("\x00a") {
		t.Errorf("without a prefix: %v, %v", s, err)
	}
}

// TestLineLength: a line of MaxLine bytes with its end is read, a longer one is not,
// and the lines after it keep their numbers.
func TestLineLength(t *testing.T) {
	line := func(length int) string {
		const head, tail = "0x1 ", " vmlinux\n"
		return head + strings.Repeat("n", length-len(head)-len(tail)) + tail
	}
	for _, test := range []struct {
		length, symbols, warnings int
	}{{MaxLine - 1, 1, 1}, {MaxLine, 1, 1}, {MaxLine + 1, 0, 2}, {2 * MaxLine, 0, 2}, {2*MaxLine + 1, 0, 2}} {
		s, err := ReadSymvers(strings.NewReader(line(test.length)+"bad\n"), Options{})
		if err != nil || len(s.crcs) != test.symbols || len(s.Warnings) != test.warnings || s.Warnings[len(s.Warnings)-1].Line != 2 {
			t.Errorf("%d bytes: %d symbols, %v, %v", test.length, len(s.crcs), s.Warnings, err)
		}
	}
}

// TestWarningCount: as many bad lines as are listed, one fewer, and more.
func TestWarningCount(t *testing.T) {
	for _, bad := range []int{MaxWarnings - 1, MaxWarnings, MaxWarnings + 1, 3 * MaxWarnings} {
		s, err := ReadSystemMap(strings.NewReader(strings.Repeat("x\n", bad)), Options{})
		if err != nil || len(s.Warnings) != min(bad, MaxWarnings+1) || s.Warnings[MaxWarnings-2].Line != MaxWarnings-1 {
			t.Errorf("%d bad lines: %d warnings, %v", bad, len(s.Warnings), err)
		}
	}
}

// TestForms: every form of a line of Module.symvers, with all that is read from
// it.
func TestForms(t *testing.T) {
	for line, want := range map[string]Export{
		"1 s vmlinux":                                {File: "vmlinux", CRC: 1},
		"1 s vmlinux EXPORT_SYMBOL":                  {File: "vmlinux", CRC: 1},
		"1 s m EXPORT_SYMBOL_GPL":                    {File: "m", CRC: 1, GPLOnly: true},
		"1 s m EXPORT_SYMBOL_GPL NS":                 {File: "m", CRC: 1, GPLOnly: true, Namespace: "NS"},
		"1 s NS m EXPORT_SYMBOL":                     {File: "m", CRC: 1, Namespace: "NS"},
		"1 s NS m EXPORT_UNUSED_SYMBOL_GPL":          {File: "m", CRC: 1, GPLOnly: true, Namespace: "NS"},
		"1 s m EXPORT_SYMBOL EXPORT_SYMBOL_GPL":      {File: "m", CRC: 1, Namespace: "EXPORT_SYMBOL_GPL"},
		"1 s m other NS":                             {File: "m", CRC: 1, Namespace: "NS"},
		"1 s m EXPORT_SYMBOL_GPL NS more than that":  {File: "m", CRC: 1, GPLOnly: true, Namespace: "NS"},
		"0xffffffff s EXPORT_X m EXPORT_SYMBOL_GPLX": {File: "m", CRC: 0xffffffff, Namespace: "EXPORT_X"},
	} {
		e, err := ReadExports(strings.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := e.Lookup("s"); !ok || got != want || e.HasKernel() != (want.File == "vmlinux") {
			t.Errorf("%q: got %+v", line, got)
		}
	}
}

// TestMapLicenses: the table of exports for the GPL only runs from its start up to
// its end, which is excluded.
func TestMapLicenses(t *testing.T) {
	e, err := ReadMapExports(strings.NewReader("10 R __start___ksymtab_gpl\n20 R __stop___ksymtab_gpl\n" +
		"f r __ksymtab_a\n10 r __ksymtab_b\n1f r __ksymtab_c\n20 r __ksymtab_d\nzz r __ksymtab_e\n10 r __ksymtab_e2 [m]\nbad\n"))
	if err != nil || !e.Licenses || len(e.Warnings) != 1 || e.Warnings[0].Line != 9 {
		t.Fatalf("%+v, %v", e, err)
	}
	for name, want := range map[string]bool{"a": false, "b": true, "c": true, "d": false, "e": false} {
		if got, ok := e.Lookup(name); !ok || got.GPLOnly != want || !got.Kernel() {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, ok := e.Lookup("e2"); ok {
		t.Error("a symbol of a module is the kernel's")
	}
}

// FuzzNames: the memory kept for names is at most a fixed multiple of the text, and is
// what was counted.
func FuzzNames(f *testing.F) {
	f.Add("0x1 a vmlinux EXPORT_SYMBOL NS\n0 r __ksymtab_b\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, exports, mapped := counted(t, text)
		e, err := ReadExports(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		kept := 0
		for name, export := range e.symbols {
			kept += len(name) + len(export.Namespace)
		}
		lines := bytes.Count([]byte(text), []byte("\n")) + 1
		if most := len(text) + 96*lines; kept > exports || set > most || exports > most || mapped > most {
			t.Error(fmt.Sprint("kept ", kept, ", counted ", set, exports, mapped, " of at most ", most))
		}
	})
}

// TestLimitText: the error says the limits that there are.
func TestLimitText(t *testing.T) {
	for _, limit := range []int{MaxSize, MaxNames} {
		if !strings.Contains(ErrTooLarge.Error(), " "+strconv.Itoa(limit)+" ") {
			t.Errorf("%v, but the limit is %d", ErrTooLarge, limit)
		}
	}
}
