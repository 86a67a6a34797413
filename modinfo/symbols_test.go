package modinfo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

func open(t *testing.T, image []byte) *modinfo.File {
	t.Helper()
	f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// classes are the ELF kinds that symbols are tested in.
var classes = map[string]modtest.Module{
	"64 LE": {Machine: modtest.X86_64},
	"64 BE": {Machine: modtest.S390, BigEndian: true},
	"32 LE": {Machine: modtest.I386, Is32: true},
	"32 BE": {Machine: modtest.MIPS, Is32: true, BigEndian: true},
}

func TestExports(t *testing.T) {
	exports := []modtest.Export{
		{Name: "plain", CRC: 0x01020304},
		{Name: "gpl", CRC: 0xfffffffe, GPL: true},
		{Name: "spaced", CRC: 7, Namespace: "NS_ONE"},
		{Name: "limited", CRC: 8, GPL: true, Namespace: "module:a,b-*"},
	}
	full := []modinfo.Export{
		{Name: "plain", CRC: 0x01020304, HasCRC: true},
		{Name: "gpl", CRC: 0xfffffffe, HasCRC: true, GPLOnly: true},
		{Name: "spaced", CRC: 7, HasCRC: true, Namespace: "NS_ONE"},
		{Name: "limited", CRC: 8, HasCRC: true, GPLOnly: true, Namespace: "module:a,b-*"},
	}
	noCRC := make([]modinfo.Export, len(full))
	for i, e := range full {
		e.CRC, e.HasCRC = 0, false
		noCRC[i] = e
	}
	tests := []struct {
		name string
		mod  modtest.Module
		want []modinfo.Export
	}{
		{"in kcrctab", modtest.Module{}, full},
		{"flags", modtest.Module{Flags: true}, full},
		{"flags without versions", modtest.Module{Flags: true, NoCRC: true}, noCRC},
		{"absolute", modtest.Module{AbsCRC: true}, full},
		{"no modversions", modtest.Module{NoCRC: true}, noCRC},
		{"stripped", modtest.Module{Stripped: true}, []modinfo.Export{{Name: "plain"}, {Name: "gpl"}, {Name: "spaced"},
			{Name: "NS_ONE"}, {Name: "limited"}, {Name: "module:a,b-*"}}},
	}
	for class, kind := range classes {
		for _, test := range tests {
			t.Run(class+" "+test.name, func(t *testing.T) {
				m := kind
				m.AbsCRC, m.NoCRC, m.Stripped, m.Exports = test.mod.AbsCRC, test.mod.NoCRC, test.mod.Stripped, exports
				m.Flags = test.mod.Flags
				got, err := open(t, m.Build()).Exports()
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "exports", got, test.want)
			})
		}
	}
	equal(t, "Modules", full[3].Modules(), []string{"a", "b-*"})
	equal(t, "Modules", full[2].Modules(), nil)
}

func TestNoExports(t *testing.T) {
	m := modtest.Module{Modinfo: []string{"license=GPL"}}
	got, err := open(t, m.Build()).Exports()
	if len(got) != 0 || err != nil {
		t.Errorf("exports are %v, %v", got, err)
	}
}

func TestNeeded(t *testing.T) {
	for class, kind := range classes {
		t.Run(class, func(t *testing.T) {
			m := kind
			m.Needed = []modtest.Needed{{Name: "b"}, {Name: "a", Weak: true}, {Name: ""}, {Name: ".dot"}, {Name: "unversioned"}}
			versions := []modtest.Version{{Name: "module_layout", CRC: 1}, {Name: "a", CRC: 2},
				{Name: "b", CRC: 0xffffffff}, {Name: ".dot", CRC: 4}}
			m.Versions = versions
			checkVersions(t, open(t, m.Build()))
			m.Versions, m.VarVersions = nil, versions
			checkVersions(t, open(t, m.Build()))
		})
	}
}

func checkVersions(t *testing.T, f *modinfo.File) {
	t.Helper()
	got, err := f.Needed()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "needed", got, []modinfo.Needed{
		{Name: "b", CRC: 0xffffffff, HasCRC: true},
		{Name: "a", CRC: 2, HasCRC: true, Weak: true},
		{Name: ".dot", CRC: 4, HasCRC: true},
		{Name: "unversioned"},
		{Name: "module_layout", CRC: 1, HasCRC: true},
	})
	versions, err := f.Versions()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "versions", versions, []modinfo.Version{{"module_layout", 1}, {"a", 2}, {"b", 0xffffffff}, {".dot", 4}})
}

func TestExtendedVersions(t *testing.T) {
	long := strings.Repeat("a_rather_long_rust_symbol_", 10)
	for class, kind := range classes {
		t.Run(class, func(t *testing.T) {
			m := kind
			m.Needed = []modtest.Needed{{Name: long}, {Name: "short"}}
			m.Versions = []modtest.Version{{Name: "short", CRC: 99}}
			m.ExtVersions = []modtest.Version{{Name: long, CRC: 0xabcdef01}, {Name: "short", CRC: 2}}
			got, err := open(t, m.Build()).Needed()
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "needed", got, []modinfo.Needed{{Name: long, CRC: 0xabcdef01, HasCRC: true}, {Name: "short", CRC: 2, HasCRC: true}})
		})
	}
}

func TestNoVersions(t *testing.T) {
	m := modtest.Module{Needed: []modtest.Needed{{Name: "a"}}}
	f := open(t, m.Build())
	if got, err := f.Versions(); got != nil || err != nil {
		t.Errorf("versions are %v, %v", got, err)
	}
	got, err := f.Needed()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "needed", got, []modinfo.Needed{{Name: "a"}})
}

func TestSPARCRegisters(t *testing.T) {
	m := modtest.Module{Machine: modtest.SPARCV9, BigEndian: true, Needed: []modtest.Needed{{Name: "reg", Type: 13}, {Name: "real"}}}
	got, err := open(t, m.Build()).Needed()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "needed on SPARC", got, []modinfo.Needed{{Name: "real"}})
	m.Machine = modtest.S390
	got, err = open(t, m.Build()).Needed()
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "needed elsewhere", got, []modinfo.Needed{{Name: "reg"}, {Name: "real"}})
}

// TestBadVersions: unreadable versions are an error only for callers that ask
// for versions.
func TestBadVersions(t *testing.T) {
	tests := map[string]modtest.Module{
		"neither form":     {Sections: []modtest.Section{{Name: "__versions", Data: []byte("versions")}}},
		"more CRCs":        {Sections: []modtest.Section{{Name: "__version_ext_crcs", Data: make([]byte, 8)}, {Name: "__version_ext_names", Data: []byte("a\x00")}}},
		"name without end": {Sections: []modtest.Section{{Name: "__version_ext_crcs", Data: make([]byte, 4)}, {Name: "__version_ext_names", Data: []byte("abc")}}},
		"no names":         {Sections: []modtest.Section{{Name: "__version_ext_crcs", Data: make([]byte, 4)}}},
	}
	for name, m := range tests {
		t.Run(name, func(t *testing.T) {
			m.Needed = []modtest.Needed{{Name: "a"}}
			f := open(t, m.Build())
			if got, err := f.Versions(); got != nil || !errors.Is(err, modinfo.ErrFormat) {
				t.Errorf("versions are %v, %v, want an ErrFormat", got, err)
			}
			needed, err := f.Needed()
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "needed", needed, []modinfo.Needed{{Name: "a"}})
		})
	}
}

// TestExportMark reads the form of objects of Linux 6.10 and later.
func TestExportMark(t *testing.T) {
	image := modtest.ExportMarks(map[string][2]string{"marked": {"GPL", "NS"}, "free": {"", ""}})
	got, err := open(t, image).Exports()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]modinfo.Export{"marked": {Name: "marked", GPLOnly: true, Namespace: "NS"}, "free": {Name: "free"}}
	if len(got) != len(want) {
		t.Fatalf("exports are %v", got)
	}
	for _, e := range got {
		equal(t, e.Name, e, want[e.Name])
	}
}

// TestExportKinds: versions, entries of the table and marks may each describe an export
// by themselves or together, and the order is that of the kinds.
func TestExportKinds(t *testing.T) {
	for _, test := range []struct {
		labels string
		want   []modinfo.Export
	}{
		{"__crc_a", []modinfo.Export{{Name: "a", HasCRC: true}}},
		{"__ksymtab_a", []modinfo.Export{{Name: "a"}}},
		{"__kstrtabns_a", nil}, // nothing is exported
		{"__crc_a __ksymtab_b", []modinfo.Export{{Name: "a", HasCRC: true}, {Name: "b"}}},
		{"__ksymtab_b __crc_a", []modinfo.Export{{Name: "a", HasCRC: true}, {Name: "b"}}},
		{"__ksymtab_a __ksymtab_b __crc_b", []modinfo.Export{{Name: "b", HasCRC: true}, {Name: "a"}}},
		{"__ksymtab_a __crc_a __crc_a", []modinfo.Export{{Name: "a", HasCRC: true}}},
	} {
		m := modtest.Module{Labels: strings.Fields(test.labels)}
		got, err := open(t, m.Build()).Exports()
		if test.labels == "__kstrtabns_a" {
			equal(t, "number of exports", len(got), 0)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		equal(t, test.labels, got, test.want)
	}
}

// TestExportMarks: a mark has the license and the namespace, which have to be there, and
// stands beside versions.
func TestExportMarks(t *testing.T) {
	m := modtest.Module{
		Sections: []modtest.Section{{Name: ".export_symbol", Data: []byte("GPL\x00NS\x00\x00\x00MIT\x00X\x00GPL")}},
		Labels:   []string{"__crc_a", "__export_symbol_a", "__export_symbol_b"},
	}
	index := uint16(1) // the only one before the tables
	for _, test := range []struct {
		a, b uint64
		want []modinfo.Export
	}{
		{0, 7, []modinfo.Export{{Name: "a", HasCRC: true, GPLOnly: true, Namespace: "NS"}, {Name: "b"}}},
		{7, 0, []modinfo.Export{{Name: "a", HasCRC: true}, {Name: "b", GPLOnly: true, Namespace: "NS"}}},
		{9, 1, []modinfo.Export{{Name: "a", HasCRC: true, Namespace: "X"}, {Name: "b", Namespace: "NS"}}},
		{0, 15, nil}, // without an end
		{0, 18, nil}, // behind the section
		{0, 13, nil}, // a license, and a namespace without an end
	} {
		image := m.Build()
		symbol64(t, image, "__export_symbol_a", at(index, test.a))
		symbol64(t, image, "__export_symbol_b", at(index, test.b))
		got, err := open(t, image).Exports()
		if test.want == nil {
			if got != nil || !errors.Is(err, modinfo.ErrFormat) || !strings.Contains(err.Error(),
				"export b points at offset 15,") &&
				!strings.Contains(err.Error(), "export b points at offset 18,") {
				t.Errorf("%d: %v, %v", test.b, got, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "exports", got, test.want)
	}
}

// TestExportFlags: the flags of an export are where its symbol says, and count in their
// section alone.
func TestExportFlags(t *testing.T) {
	m := modtest.Module{
		Sections: []modtest.Section{{Name: "__kflagstab", Data: []byte{2, 3, 0xff, 0xfe}}, {Name: "other", Data: []byte{1}}},
		Labels:   []string{"__ksymtab_a", "__flags_a", "__flags_b"},
	}
	index := uint16(1) // the only one before the tables
	for _, test := range []struct {
		section uint16
		value   uint64
		gpl, ok bool
	}{
		{index, 0, false, true}, {index, 1, true, true}, {index, 2, true, true}, {index, 3, false, true},
		{index, 4, false, false}, {index, 1 << 63, false, false}, {index + 1, 0, false, true}, {index + 1, 9, false, true},
		{0xfff1, 1, false, true}, // an absolute number
	} {
		image := m.Build()
		symbol64(t, image, "__flags_a", at(test.section, test.value))
		symbol64(t, image, "__flags_b", at(index, 99)) // which is not exported
		got, err := open(t, image).Exports()
		if !test.ok {
			if got != nil || !errors.Is(err, modinfo.ErrFormat) {
				t.Errorf("%+v: %v, %v", test, got, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "exports", got, []modinfo.Export{{Name: "a", GPLOnly: test.gpl}})
	}
}

// TestExportSections: the section of an entry tells whether only GPL modules may use the
// symbol; one that is not there does not.
func TestExportSections(t *testing.T) {
	names := []string{"__ksymtab", "__ksymtab_gpl", "___ksymtab_gpl+a", "___ksymtab+a", "gpl", "__kcrctab_gpl"}
	m := modtest.Module{Labels: []string{"__ksymtab_a"}}
	for _, name := range names {
		m.Sections = append(m.Sections, modtest.Section{Name: name, Data: make([]byte, 8)})
	}
	image := m.Build()
	_, count := sections64(image)
	for i := range count + 2 {
		symbol64(t, image, "__ksymtab_a", at(uint16(i), 0))
		got, err := open(t, image).Exports()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 { // undefined
			equal(t, "exports", len(got), 0)
			continue
		}
		equal(t, fmt.Sprint("exports in section ", i), got, []modinfo.Export{{Name: "a", GPLOnly: i == 2 || i == 3}})
	}
	symbol64(t, image, "__ksymtab_a", at(0xfff1, 0))
	if got, err := open(t, image).Exports(); err != nil || len(got) != 1 || got[0].GPLOnly {
		t.Errorf("an absolute one: %v, %v", got, err)
	}
}

// TestExportVersions: where a version is told by its place, it is read from the section
// that this lies in, which has to be there.
func TestExportVersions(t *testing.T) {
	for class, kind := range classes {
		m := kind
		order := binary.ByteOrder(binary.LittleEndian)
		if m.BigEndian {
			order = binary.BigEndian
		}
		m.Exports = []modtest.Export{{Name: "a", CRC: 0x01020304}, {Name: "b", CRC: 0x0a0b0c0d}}
		image := m.Build()
		at := bytes.Index(image, order.(binary.AppendByteOrder).AppendUint32(nil, 0x0a0b0c0d))
		order.PutUint32(image[at:], 7)
		got, err := open(t, image).Exports()
		if err != nil || len(got) != 2 || got[0].CRC != 0x01020304 || got[1].CRC != 7 {
			t.Errorf("%s: %v, %v", class, got, err)
		}
	}
	m := modtest.Module{Labels: []string{"__crc_a"}}
	image := m.Build()
	_, count := sections64(image)
	symbol64(t, image, "__crc_a", at(uint16(count), 0))
	if got, err := open(t, image).Exports(); got != nil || !errors.Is(err, modinfo.ErrFormat) {
		t.Errorf("a section that is not there: %v, %v", got, err)
	}
}

// TestModules: only a namespace of that form limits a symbol to modules.
func TestModules(t *testing.T) {
	for namespace, want := range map[string][]string{
		"": nil, "NS": nil, "module": nil, "module:": {""}, "module:a": {"a"}, "module:a,b*,": {"a", "b*", ""},
		"xmodule:a": nil, "Module:a": nil,
	} {
		equal(t, namespace, (&modinfo.Export{Namespace: namespace}).Modules(), want)
	}
}

// TestExportStrings: the strings of a module whose symbols do not tell come in file
// order, each as often as it is there.
func TestExportStrings(t *testing.T) {
	for data, want := range map[string][]string{
		"": nil, "\x00\x00": nil, "a": {"a"}, "a\x00": {"a"}, "\x00b\x00\x00a\x00b": {"b", "a", "b"},
	} {
		m := modtest.Module{Sections: []modtest.Section{{Name: "__ksymtab_strings", Data: []byte(data)}}}
		got, err := open(t, m.Build()).Exports()
		if err != nil || len(got) != len(want) {
			t.Fatalf("%q: %v, %v", data, got, err)
		}
		for i, name := range want {
			equal(t, "an export", got[i], modinfo.Export{Name: name})
		}
	}
}

// TestNeededOrder: undefined symbols come as the symbol table has them, then what only
// the version records name, once and in their order.
func TestNeededOrder(t *testing.T) {
	m := modtest.Module{
		Needed: []modtest.Needed{{Name: "z"}, {Name: "a", Weak: true}, {Name: "m"}},
		Labels: []string{"defined"},
		Versions: []modtest.Version{{Name: "only2", CRC: 1}, {Name: "m", CRC: 2}, {Name: "only1", CRC: 3},
			{Name: "only2", CRC: 4}, {Name: "defined", CRC: 5}, {Name: "z", CRC: 0}},
	}
	f := open(t, m.Build())
	for range 2 {
		got, err := f.Needed()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "needed", got, []modinfo.Needed{
			{Name: "z", HasCRC: true}, {Name: "a", Weak: true}, {Name: "m", CRC: 2, HasCRC: true},
			{Name: "only2", CRC: 4, HasCRC: true}, {Name: "only1", CRC: 3, HasCRC: true}, {Name: "defined", CRC: 5,
				HasCRC: true},
		})
	}
	empty := open(t, (&modtest.Module{}).Build())
	if got, err := empty.Needed(); len(got) != 0 || err != nil {
		t.Errorf("of nothing: %v, %v", got, err)
	}
	stripped := open(t, (&modtest.Module{NoSymtab: true, Modinfo: []string{"a=b"}}).Build())
	needed, errNeeded := stripped.Needed()
	exports, errExports := stripped.Exports()
	if len(needed) != 0 || len(exports) != 0 || (errNeeded == nil) != (errExports == nil) {
		t.Errorf("without a symbol table: %v, %v, %v, %v", needed, errNeeded, exports, errExports)
	}
}
