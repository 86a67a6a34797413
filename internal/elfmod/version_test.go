package elfmod_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// versionsOf lists the versions of a module, each as "NAME CRC".
func versionsOf(t *testing.T, m *modtest.Module) ([]string, error) {
	t.Helper()
	f, err := elfmod.NewBytes(m.Build())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	err = f.EachVersion(func(name []byte, crc uint32) error {
		list = append(list, fmt.Sprintf("%s %x", name, crc))
		return nil
	})
	return list, err
}

// withVersions is a module of a kind with the given content of __versions.
func withVersions(kind modtest.Module, data []byte) *modtest.Module {
	kind.Sections = []modtest.Section{{Name: "__versions", Data: data}}
	return &kind
}

// TestVersionForms reads the same versions from every form.
func TestVersionForms(t *testing.T) {
	// The first CRC is a size that a record of variable length could have.
	versions := []modtest.Version{{Name: "module_layout", CRC: 64}, {Name: "a", CRC: 0}, {Name: "abc", CRC: 0xffffffff},
		{Name: "abcd", CRC: 12}, {Name: strings.Repeat("n", 55), CRC: 1}}
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			want := "module_layout 40|a 0|abc ffffffff|abcd c|" + strings.Repeat("n", 55) + " 1"
			fixed, variable, extended := kind.mod, kind.mod, kind.mod
			fixed.Versions, variable.VarVersions, extended.ExtVersions = versions, versions, versions
			for name, m := range map[string]*modtest.Module{"fixed": &fixed, "variable": &variable, "extended": &extended} {
				got, err := versionsOf(t, m)
				if err != nil || strings.Join(got, "|") != want {
					t.Errorf("%s: versions are %v, %v, want %s", name, got, err, want)
				}
			}
		})
	}
}

// TestVariableVersions has the bytes of a real module, with and without what may
// follow them.
func TestVariableVersions(t *testing.T) {
	records := "18000000c29cc413" + hex.EncodeToString([]byte("_copy_from_user\x00")) +
		"20000000ea837d12" + hex.EncodeToString([]byte("security_locked_down\x00\x00\x00\x00"))
	for _, end := range []int{0, 1, 4, 8, 72, 100} {
		data, err := hex.DecodeString(records + strings.Repeat("00", end))
		if err != nil {
			t.Fatal(err)
		}
		got, err := versionsOf(t, withVersions(kinds[0].mod, data))
		if want := "_copy_from_user 13c49cc2|security_locked_down 127d83ea"; err != nil || strings.Join(got, "|") != want {
			t.Errorf("%d bytes: versions are %v, %v, want %s", len(data), got, err, want)
		}
	}
	for _, size := range []int{0, 1, 9, 64, 65} {
		got, err := versionsOf(t, withVersions(kinds[0].mod, make([]byte, size)))
		if len(got) > 0 || err != nil {
			t.Errorf("%d NULs: versions are %v, %v", size, got, err)
		}
	}
}

// TestBadVersions: a section in neither form is an error before any version is
// reported.
func TestBadVersions(t *testing.T) {
	record := func(size uint32, rest string) []byte {
		b := []byte{byte(size), byte(size >> 8), byte(size >> 16), byte(size >> 24), 1, 2, 3, 4}
		return append(b, rest...)
	}
	good := record(12, "one\x00")
	long := strings.Repeat("n", 5000) + "\x00\x00\x00\x00"
	tests := map[string][]byte{
		"cut off":            append(bytes.Clone(good), record(16, "two\x00")...),
		"cut off to 64":      append(bytes.Repeat(good, 4), record(20, "eightee\x00")...)[:64],
		"size not aligned":   record(13, "four\x00"),
		"size without name":  record(8, ""),
		"size of the header": append(record(4, "abc\x00"), good...),
		"size beyond":        record(1<<20, "abc\x00"),
		"size of all ones":   record(1<<32-4, "abc\x00"),
		"name without end":   record(12, "four"),
		"behind the name":    record(16, "one\x00two\x00"),
		"oversized name":     record(uint32(8+len(long)), long),
		"behind the list":    append(append(bytes.Clone(good), 0, 0, 0, 0), good...),
		"odd end":            append(bytes.Clone(good), 7),
		"CRC of 64 bits":     append([]byte{1, 2, 3, 5, 1}, make([]byte, 59)...),
		"behind a fixed end": append([]byte("\xff\x02\x03\x05\x00\x00\x00\x00name\x00x"), make([]byte, 50)...),
		"text":               []byte(strings.Repeat("text", 16)),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := versionsOf(t, withVersions(kinds[0].mod, data))
			if len(got) > 0 || !errors.Is(err, elfmod.ErrFormat) {
				t.Errorf("versions are %v, %v, want an ErrFormat alone", got, err)
			}
		})
	}
	m := kinds[0].mod
	m.Sections = []modtest.Section{{Name: "__version_ext_crcs", Data: make([]byte, 8)},
		{Name: "__version_ext_names", Data: []byte("a\x00b")}}
	if got, err := versionsOf(t, &m); len(got) > 0 || !errors.Is(err, elfmod.ErrFormat) {
		t.Errorf("extended: versions are %v, %v, want an ErrFormat alone", got, err)
	}
}

// TestVersionsEnd: an error of the callback ends the list.
func TestVersionsEnd(t *testing.T) {
	versions := []modtest.Version{{Name: "one", CRC: 1}, {Name: "two", CRC: 2}}
	for _, m := range []modtest.Module{{Versions: versions}, {VarVersions: versions}, {ExtVersions: versions}} {
		f, err := elfmod.NewBytes(m.Build())
		if err != nil {
			t.Fatal(err)
		}
		enough, calls := errors.New("enough"), 0
		err = f.EachVersion(func([]byte, uint32) error { calls++; return enough })
		if err != enough || calls != 1 {
			t.Errorf("%d calls, error %v", calls, err)
		}
	}
}

// TestWithVarVersions: the test data that other packages use has the same
// versions in both forms, and hiding them works in both.
func TestWithVarVersions(t *testing.T) {
	for _, kind := range kinds {
		m := kind.mod
		m.Needed = []modtest.Needed{{Name: "a"}}
		m.Versions = []modtest.Version{{Name: "module_layout", CRC: 1}, {Name: "a", CRC: 2}}
		image, err := modtest.WithVarVersions(m.Build())
		if err != nil {
			t.Fatal(err)
		}
		f, err := elfmod.NewBytes(image)
		if err != nil {
			t.Fatal(err)
		}
		data, err := f.NamedData("__versions")
		if err != nil || len(data) != 24+12+1 || f.Order.Uint32(data) != 24 {
			t.Errorf("%s: __versions is %x, %v", kind.name, data, err)
		}
		if err := elfmod.HideVersions(image); err != nil {
			t.Fatal(err)
		}
		if f, err = elfmod.NewBytes(image); err != nil || f.Section("__versions").Flags&2 != 0 {
			t.Errorf("%s: the versions are not hidden, %v", kind.name, err)
		}
	}
}

// TestVersionBounds: the least and the most that each form can hold, in every class
// and byte order.
func TestVersionBounds(t *testing.T) {
	each(t, modtest.Module{}, func(t *testing.T, e *editor) {
		kind := modtest.Module{Is32: !e.is64, BigEndian: e.order == binary.BigEndian}
		word := 4
		if e.is64 {
			word = 8
		}
		fixed := func(crc uint64, name string) []byte {
			b := make([]byte, 64)
			(&editor{image: b, order: e.order, is64: e.is64}).putWord(0, crc)
			copy(b[word:], name)
			return b
		}
		chain := func(size uint32, crc uint32, rest string) []byte {
			b := make([]byte, 8)
			e.order.PutUint32(b, size)
			e.order.PutUint32(b[4:], crc)
			return append(b, rest...)
		}
		long := strings.Repeat("n", 64-word)
		one := chain(12, 1, "abc\x00")
		wide := strings.Repeat("w", 4091)
		tests := []struct {
			name string
			data []byte
			want string
		}{
			{"nothing", nil, ""},
			{"fixed", fixed(1<<32-1, "a"), "a ffffffff"},
			{"fixed, all of the name", fixed(1, long), long + " 1"},
			{"fixed, no name", append(fixed(1, ""), fixed(2, "b")...), "b 2"},
			{"fixed, names that share a start", append(fixed(1, "ab"), fixed(2, "abc")...), "ab 1|abc 2"},
			{"chain", one, "abc 1"},
			{"chain, two", append(bytes.Clone(one), chain(16, 2, "defg\x00\x00\x00\x00")...), "abc 1|defg 2"},
			{"chain, no name", append(chain(12, 1, "\x00\x00\x00\x00"), one...), "abc 1"},
			{"chain, one byte behind", append(bytes.Clone(one), 0), "abc 1"},
			{"chain, three bytes behind", append(bytes.Clone(one), 0, 0, 0), "abc 1"},
			{"chain, four bytes behind", append(bytes.Clone(one), 0, 0, 0, 0), "abc 1"},
			{"chain, many bytes behind", append(bytes.Clone(one), make([]byte, 1000)...), "abc 1"},
			{"chain, a long name", chain(8+4092, 1, wide+"\x00"), wide + " 1"},
			{"chain, much padding", chain(8+4+200, 1, "abc\x00"+strings.Repeat("\x00", 200)), "abc 1"},
		}
		if e.is64 {
			if got, err := versionsOf(t, withVersions(kind, fixed(1<<32, "a"))); err == nil {
				t.Errorf("a CRC of 33 bits: %v", got)
			}
		}
		for at := range 200 { // a byte in the padding is noticed wherever it is
			padding := []byte(strings.Repeat("\x00", 200))
			padding[at] = 1
			if got, err := versionsOf(t, withVersions(kind, chain(8+4+200, 1, "abc\x00"+string(padding)))); err == nil {
				t.Fatalf("padding with a byte at %d: %v", at, got)
			}
			if word+2+at < 64 {
				data := fixed(1, "a")
				data[word+2+at] = 1
				if got, err := versionsOf(t, withVersions(kind, data)); err == nil {
					t.Fatalf("behind a fixed name at %d: %v", at, got)
				}
			}
		}
		for _, test := range tests {
			got, err := versionsOf(t, withVersions(kind, test.data))
			if (err != nil) != (test.want == "error") || err == nil && strings.Join(got, "|") != test.want {
				t.Errorf("%s: %v, %v", test.name, got, err)
			}
		}
	})
}

// TestExtendedBounds: CRCs and names go in step; there may be more names.
func TestExtendedBounds(t *testing.T) {
	for _, test := range []struct{ crcs, names, want string }{
		{"", "", ""},
		{"", "a\x00", ""},
		{"\x01\x00\x00\x00", "a\x00", "a 1"},
		{"\x01\x00\x00\x00", "a\x00b\x00", "a 1"},
		{"\x01\x00\x00\x00\x02\x00\x00\x00", "\x00b\x00", "b 2"},
		{"\x01\x00\x00\x00", "a", "error"},
		{"\x01\x00\x00\x00", "", "error"},
		{"\x01\x00\x00", "a\x00", "error"},
		{"\x01\x00\x00\x00\x02", "a\x00b\x00", "error"},
		{"\x01\x00\x00\x00\x02\x00\x00\x00", "a\x00b", "error"},
	} {
		m := kinds[0].mod
		m.Versions = []modtest.Version{{Name: "not", CRC: 9}}
		m.Sections = []modtest.Section{{Name: "__version_ext_crcs", Type: 1, Data: []byte(test.crcs)},
			{Name: "__version_ext_names", Type: 1, Data: []byte(test.names)}}
		got, err := versionsOf(t, &m)
		if (err != nil) != (test.want == "error") || err == nil && strings.Join(got, "|") != test.want {
			t.Errorf("%q and %q: %v, %v", test.crcs, test.names, got, err)
		}
	}
}
