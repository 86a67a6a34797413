package modinfo_test

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

func TestStructSize(t *testing.T) {
	for _, want := range []int{0, 896} {
		m := modtest.Named("a", nil, nil)
		if want > 0 {
			m.Sections = []modtest.Section{{Name: ".gnu.linkonce.this_module", Data: make([]byte, want)}}
		}
		image := m.Build()
		f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.StructSize(); got != uint64(want) {
			t.Errorf("the size is %d, want %d", got, want)
		}
		f.Close()
	}
}

func TestHasSymbols(t *testing.T) {
	for _, stripped := range []bool{false, true} {
		m := modtest.Named("a", nil, nil)
		m.NoSymtab = stripped
		image := m.Build()
		f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.HasSymbols() == stripped {
			t.Errorf("stripped %v, but it has symbols: %v", stripped, f.HasSymbols())
		}
		f.Close()
	}
}

// TestModuleName: the kernel takes the name in struct module; the field "name",
// which older modules lack, only repeats it.
func TestModuleName(t *testing.T) {
	for _, test := range []struct{ field, structure, want string }{
		{"a", "", "a"},
		{"a", "a", "a"},
		{"", "snd-hda", "snd_hda"},
		{"good", "evil", "evil"},
		{"", "", ""},
		{"a", "ab", "ab"},
		{"b", "ab", "ab"},
		{"a-b", "a-b", "a_b"},
		{"a-b", "", "a_b"},
		{"good", "\x00\x00evil\x00good", "good"},
		{"good", "\x00", "good"}, // all zeros
		{"", "\x00", ""},
	} {
		m := &modtest.Module{Modinfo: []string{"license=GPL"}}
		if test.field != "" {
			m.Modinfo = append(m.Modinfo, "name="+test.field)
		}
		if test.structure != "" {
			data := make([]byte, 896)
			copy(data[24:], test.structure)
			m.Sections = []modtest.Section{{Name: ".gnu.linkonce.this_module", Data: data}}
		}
		image := m.Build()
		f, err := modinfo.NewFile(bytes.NewReader(image), int64(len(image)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.ModuleName(); got != test.want || err != nil {
			t.Errorf("field %q, structure %q: the name is %q, %v", test.field, test.structure, got, err)
		}
		f.Close()
	}
}

// TestModuleNameError: an error names the file once.
func TestModuleNameError(t *testing.T) {
	image := (&modtest.Module{}).Build()
	f, err := modinfo.OpenFS(fstest.MapFS{"a.ko": {Data: image}}, "a.ko", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name, err := f.ModuleName()
	if name != "" || err == nil || err.Error() != "read name of a.ko: not a kernel module: there is no .modinfo section" {
		t.Errorf("%q, %v", name, err)
	}
}
