package elfmod_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// kinds are the classes and byte orders that modules come in.
var kinds = []struct {
	name string
	mod  modtest.Module
}{
	{"64-bit little-endian", modtest.Module{Machine: modtest.X86_64}},
	{"64-bit big-endian", modtest.Module{Machine: modtest.S390, BigEndian: true}},
	{"32-bit little-endian", modtest.Module{Machine: modtest.I386, Is32: true}},
	{"32-bit big-endian", modtest.Module{Machine: modtest.MIPS, Is32: true, BigEndian: true}},
}

// sample is a module of a kind with something of everything.
func sample(kind modtest.Module) *modtest.Module {
	m := kind
	m.Modinfo = []string{"license=GPL", "vermagic=6.1.0 SMP ", "name=sample"}
	m.Exports = []modtest.Export{{Name: "one", CRC: 0x11223344}, {Name: "two", CRC: 0x55667788, GPL: true, Namespace: "NS"}}
	m.Needed = []modtest.Needed{{Name: "needed"}, {Name: "weak", Weak: true}}
	m.Versions = []modtest.Version{{Name: "needed", CRC: 0xcafe}}
	m.ExtVersions = []modtest.Version{{Name: "needed", CRC: 0xcafe}}
	m.BuildID = []byte("0123456789abcdefghij")
	return &m
}

func TestRead(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			image := sample(kind.mod).Build()
			fromBytes, err := elfmod.NewBytes(image)
			if err != nil {
				t.Fatal(err)
			}
			fromReader, err := elfmod.New(bytes.NewReader(image), int64(len(image)))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []*elfmod.File{fromBytes, fromReader} {
				checkSample(t, f, kind.mod)
			}
		})
	}
}

func checkSample(t *testing.T, f *elfmod.File, kind modtest.Module) {
	t.Helper()
	if f.Is64 == kind.Is32 || (f.Order == binary.BigEndian) != kind.BigEndian || f.Machine != kind.Machine {
		t.Errorf("is 64-bit %v, order %v, machine %d", f.Is64, f.Order, f.Machine)
	}
	data, err := f.NamedData(".modinfo")
	if err != nil || string(data) != "license=GPL\x00vermagic=6.1.0 SMP \x00name=sample\x00" {
		t.Errorf(".modinfo is %q, %v", data, err)
	}
	id, err := f.BuildID()
	if err != nil || string(id) != "0123456789abcdefghij" {
		t.Errorf("build id is %q, %v", id, err)
	}
	if data, err := f.NamedData(".nowhere"); data != nil || err != nil {
		t.Errorf("a section that is not there has %q, %v", data, err)
	}
	table, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := 1; i < table.Len(); i++ {
		s, err := table.At(i)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, fmt.Sprintf("%s %v %v", s.Name, s.Section == elfmod.SectionUndef, s.Weak()))
	}
	want := "__ksymtab_one false false|__kstrtab_one false false|__kstrtabns_one false false|__crc_one false false|" +
		"__ksymtab_two false false|__kstrtab_two false false|__kstrtabns_two false false|__crc_two false false|" +
		"needed true false|weak true true"
	if got := strings.Join(names, "|"); got != want {
		t.Errorf("symbols are\n%s, want\n%s", got, want)
	}
}

// TestTruncated cuts a module at every byte: either the header does not parse
// or reading some section fails, and nothing panics.
func TestTruncated(t *testing.T) {
	for _, kind := range kinds {
		image := sample(kind.mod).Build()
		for n := range image {
			f, err := elfmod.NewBytes(image[:n:n])
			if err == nil {
				t.Fatalf("%s: %d of %d bytes were accepted: %v", kind.name, n, len(image), f)
			}
			if !errors.Is(err, elfmod.ErrFormat) {
				t.Fatalf("%s: %d bytes: error %v is not ErrFormat", kind.name, n, err)
			}
		}
	}
}

// put changes image in place and returns it.
func put(image []byte, at int, b ...byte) []byte {
	copy(image[at:], b)
	return image
}

func TestBadHeader(t *testing.T) {
	good := func() []byte { return sample(kinds[0].mod).Build() }
	tests := []struct {
		name  string
		image []byte
		want  string
	}{
		{"empty", nil, "the file is empty"},
		{"short", []byte("\x7fEL"), "the file has only 3 bytes"},
		{"text", []byte(strings.Repeat("text ", 40)), "does not begin as an ELF file"},
		{"class", put(good(), 4, 3), "unknown ELF class 3"},
		{"byte order", put(good(), 5, 0), "unknown ELF byte order 0"},
		{"executable", put(good(), 16, 2), "ELF type 2 is not a relocatable file"},
		{"entry size", put(good(), 58, 63), "section headers of 63 bytes instead of 64"},
		{"no table", put(good(), 40, make([]byte, 8)...), "there is no section table"},
		{"table outside", put(good(), 40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), "bytes are needed here, but the file ends"},
		{"table overflow", put(good(), 40, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "bytes are needed here, but the file ends"},
		{"too many sections", put(good(), 60, 0xff, 0xfe), "bytes are needed here, but the file ends"},
		{"name index", put(good(), 62, 0xfe, 0), "section names in section 254 of"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := elfmod.NewBytes(test.image)
			if !errors.Is(err, elfmod.ErrFormat) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
			if errors.Is(err, elfmod.ErrNotELF) != (test.name == "text" || test.name == "short") {
				t.Errorf("error %v is ErrNotELF or is not", err)
			}
		})
	}
}

// sectionHeader returns where a section's header begins in image.
func sectionHeader(t *testing.T, image []byte, name string) int {
	t.Helper()
	f, err := elfmod.NewBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	at := int(f.Order.Uint64(image[40:]))
	for i := range f.Sections {
		if f.Sections[i].Name == name {
			return at + 64*i
		}
	}
	t.Fatalf("there is no section %s", name)
	return 0
}

func TestExtendedCounts(t *testing.T) {
	image := sample(kinds[0].mod).Build()
	order := binary.LittleEndian
	table := order.Uint64(image[40:])
	count, names := order.Uint16(image[60:]), order.Uint16(image[62:])
	order.PutUint64(image[table+32:], uint64(count)) // sh_size of section 0
	order.PutUint32(image[table+40:], uint32(names)) // sh_link
	put(image, 60, 0, 0, 0xff, 0xff)
	f, err := elfmod.NewBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	checkSample(t, f, kinds[0].mod)

	order.PutUint64(image[table+32:], 1<<40)
	if _, err := elfmod.NewBytes(image); !errors.Is(err, elfmod.ErrFormat) {
		t.Errorf("2^40 sections gave %v", err)
	}
}

func TestBadSections(t *testing.T) {
	tests := []struct {
		name    string
		section string
		field   int // offset in the section header
		value   uint64
		read    func(*elfmod.File) error
	}{
		{"modinfo size", ".modinfo", 32, 1 << 50, readModinfo},
		{"modinfo offset", ".modinfo", 24, 1 << 63, readModinfo},
		{"symbol table size", ".symtab", 32, 100, readSymbols},
		{"symbol table outside", ".symtab", 24, 1 << 40, readSymbols},
		{"string table index", ".symtab", 40, 4000, readSymbols},
		{"string table cut off", ".strtab", 32, 5, readSymbols},
		{"build id outside", ".note.gnu.build-id", 24, 1 << 40, readBuildID},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			image := sample(kinds[0].mod).Build()
			at := sectionHeader(t, image, test.section)
			binary.LittleEndian.PutUint64(image[at+test.field:], test.value)
			f, err := elfmod.NewBytes(image)
			if err != nil {
				t.Fatal(err)
			}
			if err := test.read(f); !errors.Is(err, elfmod.ErrFormat) {
				t.Errorf("error is %v, want an ErrFormat", err)
			}
		})
	}
}

func readModinfo(f *elfmod.File) error {
	_, err := f.NamedData(".modinfo")
	return err
}

func readBuildID(f *elfmod.File) error {
	_, err := f.BuildID()
	return err
}

func readSymbols(f *elfmod.File) error {
	table, err := f.Symbols()
	if err != nil {
		return err
	}
	for i := range table.Len() {
		if _, err := table.At(i); err != nil {
			return err
		}
	}
	return nil
}

func TestNobits(t *testing.T) {
	m := sample(kinds[0].mod)
	m.Sections = []modtest.Section{{Name: ".bss", Type: 8, Data: nil}}
	image := m.Build()
	at := sectionHeader(t, image, ".bss")
	binary.LittleEndian.PutUint64(image[at+32:], 1<<60)
	f, err := elfmod.NewBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := f.NamedData(".bss"); len(data) != 0 || err != nil {
		t.Errorf("contents are %d bytes, %v", len(data), err)
	}
}

// shrinking is a file that shrank after it was opened.
type shrinking struct{ *bytes.Reader }

func (s shrinking) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.Reader.ReadAt(b, off)
	if off > 64 {
		return n / 2, err
	}
	return n, err
}

func TestShrinkingFile(t *testing.T) {
	image := sample(kinds[0].mod).Build()
	_, err := elfmod.New(shrinking{bytes.NewReader(image)}, int64(len(image)))
	if !errors.Is(err, elfmod.ErrFormat) {
		t.Errorf("error is %v, want an ErrFormat", err)
	}
}

func TestBuildIDNotes(t *testing.T) {
	note := func(nameSize, descSize, typ uint32, rest string) string {
		b := binary.LittleEndian.AppendUint32(nil, nameSize)
		b = binary.LittleEndian.AppendUint32(b, descSize)
		return string(binary.LittleEndian.AppendUint32(b, typ)) + rest
	}
	id := note(4, 8, 3, "GNU\x00"+"idididid")
	tests := []struct{ name, data, want string }{
		{"alone", id, "idididid"},
		{"behind another", note(6, 3, 257, "Linux\x00\x00\x00abc\x00") + id, "idididid"},
		{"other type", note(4, 4, 1, "GNU\x00abcd"), ""},
		{"other name", note(4, 4, 3, "FOO\x00abcd"), ""},
		{"name too long", note(1<<31, 4, 3, "GNU\x00abcd"), ""},
		{"id too long", note(4, 1<<32-1, 3, "GNU\x00abcd"), ""},
		{"cut off", id[:10], ""},
		{"empty id", note(4, 0, 3, "GNU\x00"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := modtest.Module{Sections: []modtest.Section{{Name: ".note.gnu.build-id", Type: 7, Data: []byte(test.data)}}}
			f, err := elfmod.NewBytes(m.Build())
			if err != nil {
				t.Fatal(err)
			}
			id, err := f.BuildID()
			if err != nil || string(id) != test.want {
				t.Errorf("build id is %q, %v, want %q", id, err, test.want)
			}
		})
	}
}

func FuzzFile(f *testing.F) {
	for _, kind := range kinds {
		f.Add(sample(kind.mod).Build())
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		mod, err := elfmod.NewBytes(image)
		if err != nil {
			if mod != nil || !errors.Is(err, elfmod.ErrFormat) {
				t.Fatalf("got %v with error %v", mod, err)
			}
			return
		}
		r := &sparse{image: image, size: int64(len(image))}
		again, err := elfmod.New(r, int64(len(image)))
		if err != nil || len(again.Sections) != len(mod.Sections) {
			t.Fatalf("from a reader: %v", err)
		}
		_, _ = again.Symbols()
		if r.read > 6*int64(len(image)) { // header, section table, names; symbols, strings, indexes
			t.Fatalf("%d bytes are read of a file of %d", r.read, len(image))
		}
		for i := range mod.Sections {
			fromBytes, err := mod.Data(&mod.Sections[i])
			fromReader, err2 := again.Data(&again.Sections[i])
			if (err == nil) != (err2 == nil) || !bytes.Equal(fromBytes, fromReader) {
				t.Fatalf("section %d: %v, from a reader: %v", i, err, err2)
			}
		}
		_ = readSymbols(mod)
		_, _ = mod.BuildID()
		before := bytes.Clone(image)
		if err := elfmod.HideVersions(image); err != nil {
			t.Fatalf("hide versions: %v", err)
		}
		if len(before) != len(image) {
			t.Fatal("the image changed its size")
		}
	})
}
