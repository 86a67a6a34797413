package symtab

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestAddresses: of a System.map what says where exports are is kept.
func TestAddresses(t *testing.T) {
	text := "ffffffff81000000 T _text\nffffffff81000040 T _stext\n10 t other\n20 T _start\n30 T stext\n40 t _head\n" +
		"ffffffff82000000 R __start___ksymtab\nffffffff82001000 R __stop___ksymtab\n" +
		"50 r __start___kcrctab\n60 r __ksymtab_printk\n70 r __ksymtab_a\n71 r __ksymtab_a\n" +
		"80 r __ksymtab_b [module]\nxyz r __ksymtab_c\n90 r\n a0 r __stop___kflagstab \n" +
		"b0 r __start_rodata\nc0 r _texts\nd0 r xstext\n10000000000000000 r __ksymtab_large\n" +
		strings.Repeat("x", 5000) + " r __ksymtab_d\nff r __ksymtab_last"
	a, err := ReadAddresses(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]uint64{"_text": 0xffffffff81000000, "_stext": 0xffffffff81000040, "_start": 0x20, "stext": 0x30,
		"_head": 0x40, "__start___ksymtab": 0xffffffff82000000, "__stop___ksymtab": 0xffffffff82001000,
		"__start___kcrctab": 0x50, "__ksymtab_printk": 0x60, "__ksymtab_a": 0x71, "__stop___kflagstab": 0xa0,
		"__ksymtab_last": 0xff}
	if got := fmt.Sprint(a.at); got != fmt.Sprint(want) {
		t.Errorf("got %s, want %v", got, want)
	}
	for name, addr := range want {
		if got, ok := a.At(name); got != addr || !ok {
			t.Errorf("%s: %#x, %v", name, got, ok)
		}
	}
	if got, ok := a.At("other"); got != 0 || ok {
		t.Errorf("other: %#x, %v", got, ok)
	}
	if a.Records() != 3 {
		t.Errorf("%d records", a.Records())
	}
}

// TestAddressesErrors: a list of too many names, and one that cannot be read.
func TestAddressesErrors(t *testing.T) {
	var b strings.Builder
	for i := range MaxNames / 1000 {
		fmt.Fprintf(&b, "%x r __ksymtab_%s%d\n", i, strings.Repeat("n", 1000), i)
	}
	if a, err := ReadAddresses(strings.NewReader(b.String())); a != nil || !errors.Is(err, ErrTooLarge) {
		t.Errorf("too many names: %v", err)
	}
	b.Reset()
	for i := range 40_000 {
		fmt.Fprintf(&b, "%x r __ksymtab_%s\n", i, strings.Repeat("n", 1000))
	}
	if a, err := ReadAddresses(strings.NewReader(b.String())); err != nil || a.Records() != 1 {
		t.Errorf("one name again and again: %v", err)
	}
	failed := errors.New("input/output error")
	if a, err := ReadAddresses(failingSource{failed}); a != nil || !errors.Is(err, failed) {
		t.Errorf("it fails: %v", err)
	}
}

type failingSource struct{ err error }

func (f failingSource) Read([]byte) (int, error) { return 0, f.err }

// TestNewSet: a set of a kernel's exports is that of its Module.symvers.
func TestNewSet(t *testing.T) {
	exports := func(yield func(string, uint32) bool) {
		_ = yield("_one", 1) && yield("two", 0) && yield("_", 3) && yield("__three", 4)
	}
	for prefix, want := range map[byte]map[string]uint32{0: {"_one": 1, "two": 0, "_": 3, "__three": 4},
		'_': {"one": 1, "two": 0, "_three": 4}} {
		s := NewSet(exports, Options{Prefix: prefix})
		if fmt.Sprint(s.crcs) != fmt.Sprint(want) {
			t.Errorf("%q: %v", prefix, s.crcs)
		}
		for name, crc := range want {
			if got, ok := s.CRC(name); got != crc || !ok || !s.Has(name) {
				t.Errorf("%s: %d, %v", name, got, ok)
			}
		}
		if s.Has("other") || len(s.Warnings) > 0 {
			t.Error("it has what nothing exports")
		}
	}
}

// TestNewExports: everything is known of a kernel's exports.
func TestNewExports(t *testing.T) {
	for _, crc := range []uint32{0, 7} {
		e := NewExports(func(yield func(string, Export) bool) {
			_ = yield("one", Export{}) && yield("two", Export{File: "other", CRC: crc, GPLOnly: true, Namespace: "NS"}) &&
				yield("three", Export{})
		})
		if !e.Licenses || !e.Namespaces || e.Versions != (crc != 0) || !e.HasKernel() {
			t.Errorf("%+v", e)
		}
		if got, ok := e.Lookup("two"); !ok || got != (Export{"vmlinux", crc, true, "NS"}) {
			t.Errorf("two: %+v, %v", got, ok)
		}
		if _, ok := e.Lookup("four"); ok {
			t.Error("four is exported")
		}
	}
	if NewExports(func(func(string, Export) bool) {}).HasKernel() {
		t.Error("a kernel without exports has some")
	}
}
