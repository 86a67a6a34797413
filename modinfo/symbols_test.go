package modinfo_test

import (
	"bytes"
	"errors"
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

// TestBadVersions: versions that cannot be read are an error for those alone who
// ask for them.
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

// TestExportMark reads the form of Linux 6.10 and later objects.
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
