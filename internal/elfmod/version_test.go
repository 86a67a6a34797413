package elfmod_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/modtest"
)

// versionsOf lists the versions of a module, "NAME CRC" each.
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

// withVersions is a module of a kind with that content of __versions.
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
// stand behind them.
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

// TestBadVersions: what has neither form is an error before any version is told.
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

// TestVersionsEnd: an error of whoever asks ends the list.
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

// TestWithVarVersions: the test data that other packages use says the same in
// both forms, and hiding it works alike.
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
