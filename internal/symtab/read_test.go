package symtab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// names lists a set as "name" or "name:crc".
func names(s *Set) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(s.crcs)) {
		if crc, ok := s.CRC(name); ok {
			name += fmt.Sprintf(":%x", crc)
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func warnings(s *Set) string {
	var all []string
	for _, w := range s.Warnings {
		all = append(all, w.String())
	}
	return strings.Join(all, "\n")
}

func TestReadSystemMap(t *testing.T) {
	for _, tt := range []struct {
		name, in       string
		prefix         byte
		want, warnings string
	}{
		{"empty", "", 0, "", ""},
		{"exports", "ffffffff81000000 T _text\nffffffff82000000 r __ksymtab_a\nffffffff82000010 R __ksymtab_b_c\n", 0, "a b_c", ""},
		{"others", "0 r __kstrtab_a\n0 A __crc_a\n0 R __start___ksymtab\n0 r __ksymtab_\n0 r ksymtab_a\n", 0, "", ""},
		{"twice", "0 r __ksymtab_a\n1 r __ksymtab_a\n", 0, "a", ""},
		{"any letter and address", "zz ? __ksymtab_a\n0 rr __ksymtab_b\n", 0, "a b", ""},
		{"white space", " 0  r\t__ksymtab_a \r\n\n \t\n0 r __ksymtab_b", 0, "a b", ""},
		{"of a module", "0 r __ksymtab_a\t[mod]\n", 0, "", ""},
		{"dot", "0 r __ksymtab_.a\n", 0, ".a", ""},
		{"bad lines", "bad\n0 r __ksymtab_a\nr __ksymtab_b\n", 0, "a", "line 1: not a line of an address, a letter and a name\nline 3: not a line of an address, a letter and a name"},
		{"prefix", "0 r ___ksymtab_a\n0 r __ksymtab_b\n0 r ___ksymtab__c\n", '_', "_c a", ""},
		{"stub", "ffffffffffffffff B The real System.map is in the package\n", 0, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ReadSystemMap(strings.NewReader(tt.in), Options{Prefix: tt.prefix})
			if err != nil || names(s) != tt.want || warnings(s) != tt.warnings {
				t.Errorf("got %q, %v, warnings\n%s", names(s), err, warnings(s))
			}
		})
	}
}

func TestReadSymvers(t *testing.T) {
	const badCRC = ": the version is not a 32-bit hexadecimal number"
	for _, tt := range []struct {
		name, in       string
		prefix         byte
		want, warnings string
	}{
		{"empty", "", 0, "", ""},
		{"now", "0x0000001f\ta\tvmlinux\tEXPORT_SYMBOL\t\n0xfFffffff\tb\tvmlinux\tEXPORT_SYMBOL_GPL\tNS\n", 0, "a:1f b:ffffffff", ""},
		{"before 5.4", "0x1\ta\tvmlinux\tEXPORT_SYMBOL\n", 0, "a:1", ""},
		{"5.4 to 5.6", "0x1\ta\t\tvmlinux\tEXPORT_SYMBOL\n0x2\tb\tNS\tvmlinux\tEXPORT_SYMBOL\n0x3\tc\tNS\tm\tEXPORT_SYMBOL\n", 0, "a:1 b:2", ""},
		{"before 2.6.18", "0x1\ta\tvmlinux\n0x2\tb\tvmlinux", 0, "a:1 b:2", ""},
		{"of modules", "0x1\ta\tdrivers/x\tEXPORT_SYMBOL\t\n0x1\tb\tvmlinux.o\tEXPORT_SYMBOL\t\n0x1\tc\tx\tEXPORT_SYMBOL\tvmlinux\n", 0, "", ""},
		{"later one counts", "0x1\ta\tvmlinux\n0x2\ta\tvmlinux\n0x3\ta\tm\n", 0, "a:2", ""},
		{"without versions", "0x00000000\ta\tvmlinux\tE\n", 0, "a:0", ""},
		{"numbers", "1f\ta\tvmlinux\n0X2\tb\tvmlinux\n 3 c vmlinux\r\n", 0, "a:1f b:2 c:3", ""},
		{"bad versions", "0x\ta\tvmlinux\n-1\ta\tvmlinux\n0x100000000\ta\tvmlinux\n0x1z\ta\tvmlinux\n", 0, "",
			"line 1" + badCRC + "\nline 2" + badCRC + "\nline 3" + badCRC + "\nline 4" + badCRC},
		{"too few words", "\n0x1\ta\n0x1\n", 0, "", "line 2: not a line of a version, a name and a file\nline 3: not a line of a version, a name and a file"},
		{"prefix", "0x1\t_a\tvmlinux\n0x2\tb\tvmlinux\n0x3\t__c\tvmlinux\n0x4\t_\tvmlinux\n", '_', "_c:3 a:1 b:2", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ReadSymvers(strings.NewReader(tt.in), Options{Prefix: tt.prefix})
			if err != nil || names(s) != tt.want || warnings(s) != tt.warnings {
				t.Errorf("got %q, %v, warnings\n%s", names(s), err, warnings(s))
			}
		})
	}
}

func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", 3*MaxLine)
	in := long + "\n0 r __ksymtab_a\n0 r __ksymtab_" + long + "\n0 r __ksymtab_b\n" + long
	s, err := ReadSystemMap(iotest.OneByteReader(strings.NewReader(in)), Options{})
	if err != nil || names(s) != "a b" || warnings(s) != "line 1: the line is too long\nline 3: the line is too long\nline 5: the line is too long" {
		t.Errorf("got %q, %v, %s", names(s), err, warnings(s))
	}
}

func TestManyWarnings(t *testing.T) {
	s, err := ReadSymvers(strings.NewReader(strings.Repeat("x\n", MaxWarnings+5)), Options{})
	if err != nil || len(s.Warnings) != MaxWarnings+1 || s.Warnings[MaxWarnings].String() != "line 101: this and further bad lines are not listed" {
		t.Errorf("%d warnings, %v", len(s.Warnings), err)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	s, err := ReadSystemMap(io.MultiReader(strings.NewReader("0 r __ksymtab_a\n"), iotest.ErrReader(broken)), Options{})
	if s != nil || !errors.Is(err, broken) {
		t.Errorf("got %v, %v", s, err)
	}
	if s, err = ReadSystemMap(endless{}, Options{}); s != nil || err != ErrTooLarge {
		t.Errorf("an endless file gives %v, %v", s, err)
	}
	var b bytes.Buffer
	for i := 0; b.Len() < MaxNames+MaxNames/10; i++ {
		fmt.Fprintf(&b, "0x1\t%0400d\tvmlinux\n", i)
	}
	if s, err = ReadSymvers(&b, Options{}); s != nil || err != ErrTooLarge {
		t.Errorf("too many names give %v, %v", s, err)
	}
}

// endless is a line that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func FuzzRead(f *testing.F) {
	f.Add("0 r __ksymtab_a\n\nbad\n0\tr ___ksymtab_b c\n", byte('_'))
	f.Add("0x1\ta\tvmlinux\tE\t\n2 _b ns vmlinux\n0x\tc\tm\n", byte(0))
	f.Fuzz(func(t *testing.T, in string, prefix byte) {
		for name, readSet := range map[string]func(io.Reader, Options) (*Set, error){"System.map": ReadSystemMap, "Module.symvers": ReadSymvers} {
			s, err := readSet(strings.NewReader(in), Options{prefix})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			checkSet(t, s, in)
			checkAgain(t, name, s)
		}
	})
}

// checkSet checks that symbols and warnings come from the text.
func checkSet(t *testing.T, s *Set, in string) {
	t.Helper()
	lines, at := strings.Count(in, "\n")+1, 0
	for _, w := range s.Warnings {
		if w.Line <= at || w.Line > lines {
			t.Errorf("warning %v after line %d of %d", w, at, lines)
		}
		at = w.Line
	}
	if len(s.crcs) > lines {
		t.Errorf("%d symbols in %d lines", len(s.crcs), lines)
	}
	for name := range s.crcs {
		if name == "" || !strings.Contains(in, name) || !s.Has(name) {
			t.Errorf("%q is not in the text", name)
		}
	}
}

// checkAgain writes a set and reads it back.
func checkAgain(t *testing.T, kind string, s *Set) {
	t.Helper()
	var b bytes.Buffer
	readSet := ReadSystemMap
	for name, crc := range s.crcs {
		if len(name) > MaxLine-100 {
			return // the words written around it make the line too long
		}
		if kind == "System.map" {
			fmt.Fprintf(&b, "0 r __ksymtab_%s\n", name)
		} else {
			fmt.Fprintf(&b, "0x%08x\t%s\tvmlinux\tEXPORT_SYMBOL\t\n", crc, name)
			readSet = ReadSymvers
		}
	}
	again, err := readSet(&b, Options{})
	if err != nil || len(again.Warnings) > 0 || names(again) != names(s) {
		t.Errorf("%s: read back %q, %v, was %q", kind, names(again), err, names(s))
	}
}

// BenchmarkReadSystemMap reads a file of typical size.
func BenchmarkReadSystemMap(b *testing.B) {
	var text bytes.Buffer
	for i := range 200000 {
		kind := "some_function_name_"
		if i%10 == 0 {
			kind = "__ksymtab_"
		}
		fmt.Fprintf(&text, "ffffffff%08x t %s%d\n", i*64, kind, i)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s, err := ReadSystemMap(bytes.NewReader(text.Bytes()), Options{})
		if err != nil || len(s.crcs) != 20000 {
			b.Fatal(err)
		}
	}
}
