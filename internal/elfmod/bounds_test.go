package elfmod_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// layout has the offsets of fields that differ between the classes.
type layout struct {
	shoff, shentsize, shnum, shstrndx        int
	header, flags, offset, size, link        int
	symbol, value, info, shndx, sectionEntry int
}

var (
	layout64 = layout{40, 58, 60, 62, 64, 8, 24, 32, 40, 24, 8, 4, 6, 64}
	layout32 = layout{32, 46, 48, 50, 52, 8, 16, 20, 24, 16, 4, 12, 14, 40}
)

// editor changes an ELF file field by field.
type editor struct {
	layout
	image []byte
	order binary.ByteOrder
	is64  bool
}

func edit(kind modtest.Module, m modtest.Module) *editor {
	m.Is32, m.BigEndian, m.Machine = kind.Is32, kind.BigEndian, kind.Machine
	e := &editor{layout64, m.Build(), binary.LittleEndian, !kind.Is32}
	if kind.Is32 {
		e.layout = layout32
	}
	if kind.BigEndian {
		e.order = binary.BigEndian
	}
	return e
}

func (e *editor) word(at int) uint64 {
	if e.is64 {
		return e.order.Uint64(e.image[at:])
	}
	return uint64(e.order.Uint32(e.image[at:]))
}

func (e *editor) putWord(at int, v uint64) {
	if e.is64 {
		e.order.PutUint64(e.image[at:], v)
	} else {
		e.order.PutUint32(e.image[at:], uint32(v))
	}
}

// section returns where a section's header begins; names must be unique.
func (e *editor) section(name string) int {
	table, n := int(e.word(e.shoff)), int(e.order.Uint16(e.image[e.shnum:]))
	names := table + e.sectionEntry*int(e.order.Uint16(e.image[e.shstrndx:]))
	text := e.image[e.word(names+e.offset):][:e.word(names+e.size)]
	for i := range n {
		at := table + e.sectionEntry*i
		if got, _, _ := bytes.Cut(text[e.order.Uint32(e.image[at:]):], []byte{0}); string(got) == name {
			return at
		}
	}
	panic("there is no section " + name)
}

// entry returns where an entry of the symbol table begins.
func (e *editor) entry(i int) int { return int(e.word(e.section(".symtab")+e.offset)) + i*e.symbol }

// each runs a test for every class and byte order.
func each(t *testing.T, m modtest.Module, test func(t *testing.T, e *editor)) {
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) { test(t, edit(kind.mod, m)) })
	}
}

// open opens the editor's image, and checks that it opens the same from a
// reader.
func (e *editor) open(t *testing.T) (*elfmod.File, error) {
	t.Helper()
	f, err := elfmod.NewBytes(e.image)
	again, err2 := elfmod.New(bytes.NewReader(e.image), int64(len(e.image)))
	if fmt.Sprint(err) != fmt.Sprint(err2) || (f == nil) != (again == nil) {
		t.Fatalf("from memory: %v; from a reader: %v", err, err2)
	}
	return f, err
}

// message checks that an error about the format has exactly this text.
func message(t *testing.T, what string, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	want = "not a valid kernel module: " + want
	if err == nil || err.Error() != want || !errors.Is(err, elfmod.ErrFormat) {
		t.Errorf("%s: error %v, want %s", what, err, want)
	}
}

// TestHeaderCut: the error says what is missing of the header, and where.
func TestHeaderCut(t *testing.T) {
	each(t, modtest.Module{}, func(t *testing.T, e *editor) {
		whole, size := e.image, 64
		if !e.is64 {
			size = 52
		}
		for n := range size + 1 {
			e.image = whole[:n:n]
			want := fmt.Sprintf("the ELF header is cut off (at offset %d)", n)
			switch table := binary.ByteOrder(e.order); {
			case n == 0:
				want = "the file is empty"
			case n < 4:
				want = fmt.Sprintf("the file has only %d bytes (at offset 0)", n)
			case n == size:
				at := int(e.wordOf(whole, e.shoff))
				want = fmt.Sprintf("%d bytes are needed here, but the file ends at %d (at offset %d)",
					int(table.Uint16(whole[e.shnum:]))*e.sectionEntry, n, at)
			}
			f, err := e.open(t)
			message(t, fmt.Sprint(n, " bytes"), err, want)
			if f != nil {
				t.Errorf("%d bytes are a file", n)
			}
		}
	})
}

func (e *editor) wordOf(image []byte, at int) uint64 {
	return (&editor{layout: e.layout, image: image, order: e.order, is64: e.is64}).word(at)
}

// TestHeaderMessages: the error says which field is wrong, and where.
func TestHeaderMessages(t *testing.T) {
	each(t, modtest.Module{Modinfo: []string{"a=b"}}, func(t *testing.T, e *editor) {
		whole := bytes.Clone(e.image)
		table := e.word(e.shoff)
		count := int(e.order.Uint16(e.image[e.shnum:]))
		for _, test := range []struct {
			name   string
			change func()
			want   string
		}{
			{"nothing", func() {}, ""},
			{"magic", func() { e.image[3] = 'G' }, "it does not begin as an ELF file (at offset 0)"},
			{"class 0", func() { e.image[4] = 0 }, "unknown ELF class 0 (at offset 4)"},
			{"class 3", func() { e.image[4] = 3 }, "unknown ELF class 3 (at offset 4)"},
			{"order 0", func() { e.image[5] = 0 }, "unknown ELF byte order 0 (at offset 5)"},
			{"order 3", func() { e.image[5] = 3 }, "unknown ELF byte order 3 (at offset 5)"},
			{"type", func() { e.order.PutUint16(e.image[16:], 3) }, "ELF type 3 is not a relocatable file (at offset 16)"},
			{"entry size", func() { e.order.PutUint16(e.image[e.shentsize:], 39) },
				fmt.Sprintf("section headers of 39 bytes instead of %d (at offset %d)", e.sectionEntry, e.shentsize)},
			{"no table", func() { e.putWord(e.shoff, 0) }, "there is no section table (at offset 0)"},
			{"no sections", func() { e.order.PutUint16(e.image[e.shnum:], 0) },
				fmt.Sprintf("a section table of 0 entries (at offset %d)", table)},
			{"names in a section too many", func() { e.order.PutUint16(e.image[e.shstrndx:], uint16(count)) },
				fmt.Sprintf("section names in section %d of %d (at offset %d)", count, count, table)},
			{"a section too many", func() { e.order.PutUint16(e.image[e.shnum:], uint16(count+1)) },
				fmt.Sprintf("%d bytes are needed here, but the file ends at %d (at offset %d)",
					(count+1)*e.sectionEntry, len(whole), table)},
			{"name outside", func() { e.order.PutUint32(e.image[e.section(".modinfo"):], 1<<31) },
				fmt.Sprintf("the name of section 1 lies outside the name table (at offset %d)", int(table)+e.sectionEntry)},
			{"name at the end", func() {
				e.order.PutUint32(e.image[e.section(".modinfo"):], uint32(e.word(e.section(".shstrtab")+e.size)))
			}, fmt.Sprintf("the name of section 1 lies outside the name table (at offset %d)", int(table)+e.sectionEntry)},
			{"name without end", func() {
				names := e.section(".shstrtab")
				e.putWord(names+e.size, e.word(names+e.size)-1)
			}, fmt.Sprintf("the name of section %d has no end (at offset %d)", count-1, int(table)+(count-1)*e.sectionEntry)},
		} {
			copy(e.image, whole)
			test.change()
			_, err := e.open(t)
			message(t, test.name, err, test.want)
		}
	})
}

// TestSectionCounts: counts that do not fit the header are in section 0, and at most
// 2^20 sections are read.
func TestSectionCounts(t *testing.T) {
	each(t, modtest.Module{}, func(t *testing.T, e *editor) {
		table := int(e.word(e.shoff))
		count := e.order.Uint16(e.image[e.shnum:])
		names := e.order.Uint16(e.image[e.shstrndx:])
		e.order.PutUint16(e.image[e.shnum:], 0)
		for _, n := range []uint64{1 << 20, 1<<20 + 1, 1<<32 - 1} {
			e.putWord(table+e.size, n)
			want := fmt.Sprintf("%d bytes are needed here, but the file ends at %d (at offset %d)",
				n*uint64(e.sectionEntry), len(e.image), table)
			if n > 1<<20 {
				want = fmt.Sprintf("a section table of %d entries (at offset %d)", 1<<20+1, table)
			}
			_, err := e.open(t)
			message(t, fmt.Sprint(n), err, want)
		}
		e.putWord(table+e.size, uint64(count))
		if f, err := e.open(t); err != nil || len(f.Sections) != int(count) {
			t.Errorf("the count alone: %v", err)
		}
		e.order.PutUint16(e.image[e.shstrndx:], 0xffff)
		e.order.PutUint32(e.image[table+e.link:], uint32(names))
		if f, err := e.open(t); err != nil || f.Section(".shstrtab") == nil {
			t.Errorf("both: %v", err)
		}
		e.order.PutUint16(e.image[e.shnum:], count)
		if f, err := e.open(t); err != nil || f.Section(".shstrtab") == nil {
			t.Errorf("the names alone: %v", err)
		}
		e.order.PutUint32(e.image[table+e.link:], uint32(count))
		_, err := e.open(t)
		message(t, "names outside", err, fmt.Sprintf("section names in section %d of %d (at offset %d)", count, count, table))
	})
}

// TestOffsetOfError: an offset beyond what an error can hold is cut, not negative.
func TestOffsetOfError(t *testing.T) {
	for at, want := range map[uint64]int64{1<<62 - 1: 1<<62 - 1, 1 << 62: 1 << 62, 1 << 63: 1 << 62, 1<<64 - 1: 1 << 62} {
		e := edit(kinds[0].mod, modtest.Module{})
		e.putWord(e.shoff, at)
		_, err := e.open(t)
		var format *elfmod.FormatError
		if !errors.As(err, &format) || format.Offset != want {
			t.Errorf("at %d: %v", at, err)
		}
	}
}

// TestSectionFields: the fields of a section are those in the file.
func TestSectionFields(t *testing.T) {
	each(t, modtest.Module{Modinfo: []string{"a=b"}}, func(t *testing.T, e *editor) {
		at := e.section(".modinfo")
		e.order.PutUint32(e.image[at+4:], 0x01020304)
		e.putWord(at+e.flags, 0x05060708)
		e.order.PutUint32(e.image[at+e.link:], 0x090a0b0c)
		f, err := e.open(t)
		if err != nil {
			t.Fatal(err)
		}
		s := f.Section(".modinfo")
		if s.Type != 0x01020304 || s.Flags != 0x05060708 || s.Link != 0x090a0b0c ||
			s.Offset != e.word(at+e.offset) || s.Size != 4 {
			t.Errorf("the section is %+v", *s)
		}
		if f.WordSize() != map[bool]int{true: 8, false: 4}[e.is64] || f.Word(e.image[at+e.size:]) != 4 {
			t.Errorf("words of %d bytes, %d", f.WordSize(), f.Word(e.image[at+e.size:]))
		}
		// A header without a type is not a section, and a section without
		// contents is empty.
		for typ, want := range map[uint32]string{0: "nil", 8: "", 1: "a=b\x00"} {
			e.order.PutUint32(e.image[at+4:], typ)
			f, err := e.open(t)
			if err != nil {
				t.Fatal(err)
			}
			data, err := f.NamedData(".modinfo")
			if err != nil || (f.Section(".modinfo") == nil) != (want == "nil") || want != "nil" && string(data) != want {
				t.Errorf("type %d: %q, %v", typ, data, err)
			}
			data, err = f.DataAt(1)
			if err != nil || string(data) != strings.TrimPrefix(want, "nil") {
				t.Errorf("type %d by index: %q, %v", typ, data, err)
			}
		}
	})
}

// TestDataAt: sections are read by index, and within a bound.
func TestDataAt(t *testing.T) {
	each(t, modtest.Module{Modinfo: []string{"abc"}}, func(t *testing.T, e *editor) {
		f, err := e.open(t)
		if err != nil {
			t.Fatal(err)
		}
		n := uint32(len(f.Sections))
		if data, err := f.DataAt(1); string(data) != "abc\x00" || err != nil {
			t.Errorf("section 1 is %q, %v", data, err)
		}
		if _, err := f.DataAt(n - 1); err != nil {
			t.Error(err)
		}
		_, err = f.DataAt(n)
		message(t, "outside", err, fmt.Sprintf("section %d of %d is referred to (at offset 0)", n, n))
		if data, err := f.DataWithin(1, 4); string(data) != "abc\x00" || err != nil {
			t.Errorf("within its size: %q, %v", data, err)
		}
		_, err = f.DataWithin(1, 3)
		message(t, "within less", err, fmt.Sprintf("its sections overlap beyond reason (at offset %d)", f.Sections[1].Offset))
		_, err = f.DataWithin(n, 100)
		message(t, "outside", err, fmt.Sprintf("section %d of %d is referred to (at offset 0)", n, n))
		f.Sections[1].Type = 8
		if data, err := f.DataWithin(1, 0); len(data) != 0 || err != nil {
			t.Errorf("without contents: %q, %v", data, err)
		}
	})
}

// TestSectionBounds: a section ends no later than the file.
func TestSectionBounds(t *testing.T) {
	each(t, modtest.Module{Modinfo: []string{"a=b"}}, func(t *testing.T, e *editor) {
		at, end := e.section(".modinfo"), uint64(len(e.image))
		for _, test := range []struct {
			offset, size uint64
			ok           bool
		}{
			{0, end, true}, {0, end + 1, false}, {end, 0, true}, {end, 1, false}, {end + 1, 0, false},
			{end - 1, 1, true}, {1, end, false},
		} {
			e.putWord(at+e.offset, test.offset)
			e.putWord(at+e.size, test.size)
			f, err := e.open(t)
			if err != nil {
				t.Fatal(err)
			}
			data, err := f.NamedData(".modinfo")
			if test.ok && (err != nil || !bytes.Equal(data, e.image[test.offset:test.offset+test.size])) {
				t.Errorf("%d bytes at %d: %d bytes, %v", test.size, test.offset, len(data), err)
			}
			if !test.ok {
				message(t, "outside", err, fmt.Sprintf("%d bytes are needed here, but the file ends at %d (at offset %d)",
					test.size, end, test.offset))
			}
		}
	})
}

// sparse is a large file of zeros behind a module.
type sparse struct {
	image []byte
	size  int64
	read  int64
}

func (s *sparse) ReadAt(b []byte, off int64) (int, error) {
	n := int(max(min(int64(len(b)), s.size-off), 0))
	clear(b[:n])
	if off < int64(len(s.image)) {
		copy(b[:n], s.image[off:])
	}
	s.read += int64(n)
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// TestLargeSections: at most 64 MiB at once are copied out of a file that is not in
// memory, and nothing of a large section that reaches beyond the file's end.
func TestLargeSections(t *testing.T) {
	e := edit(kinds[0].mod, modtest.Module{Modinfo: []string{"a=b"}})
	at := e.section(".modinfo")
	for _, test := range []struct {
		size uint64
		file int64
		read int64
		want string
	}{
		{64 << 20, 1 << 30, 64<<20 + 1, ""},
		{64<<20 + 1, 1 << 30, 0, "a section of 67108865 bytes is too large (at offset 4096)"},
		{1 << 20, 4096 + 1<<20, 1 << 20, ""},
		{1 << 20, 4096 + 1<<20 - 1, 1<<20 - 1,
			"the file ends early, it had 1073741824 bytes when opened (at offset 1052671)"},
		{1<<20 + 1, 4096 + 1<<20, 0, "the file ends early, it had 1073741824 bytes when opened (at offset 1052672)"},
		{1<<20 + 1, 4096 + 1<<20 + 1, 1<<20 + 2, ""},
	} {
		e.putWord(at+e.offset, 4096)
		e.putWord(at+e.size, test.size)
		file := &sparse{image: e.image, size: 1 << 30}
		f, err := elfmod.New(file, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		file.size, file.read = test.file, 0
		data, err := f.NamedData(".modinfo")
		message(t, fmt.Sprint(test.size), err, test.want)
		if file.read != test.read || (err == nil) != (uint64(len(data)) == test.size) {
			t.Errorf("%d bytes in a file of %d: %d read, %d returned", test.size, test.file, file.read, len(data))
		}
	}
}

// TestReadError: an error of the reader is returned unchanged.
func TestReadError(t *testing.T) {
	failed := errors.New("it fails")
	if _, err := elfmod.New(failing{failed}, 1000); err != failed {
		t.Errorf("error is %v", err)
	}
	if _, err := elfmod.New(failing{io.EOF}, 1000); !errors.Is(err, elfmod.ErrFormat) {
		t.Errorf("at the end: %v", err)
	}
	if _, err := elfmod.New(failing{failed}, -1); err != elfmod.ErrEmpty {
		t.Errorf("without a size: %v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

// TestLongNames: names of sections and symbols have at most 4095 bytes.
func TestLongNames(t *testing.T) {
	for n, ok := range map[int]bool{1: true, 4095: true, 4096: false, 5000: false} {
		name := strings.Repeat("n", n)
		each(t, modtest.Module{Sections: []modtest.Section{{Name: name, Type: 1}}}, func(t *testing.T, e *editor) {
			f, err := e.open(t)
			if ok && (err != nil || f.Section(name) == nil) || !ok && !errors.Is(err, elfmod.ErrFormat) {
				t.Errorf("a section name of %d bytes: %v", n, err)
			}
		})
		each(t, modtest.Module{Needed: []modtest.Needed{{Name: name}}}, func(t *testing.T, e *editor) {
			f, err := e.open(t)
			if err != nil {
				t.Fatal(err)
			}
			if ok != (readSymbols(f) == nil) {
				t.Errorf("a symbol name of %d bytes: %v", n, readSymbols(f))
			}
		})
	}
}

// symbolsOf returns the symbol table of the editor's image.
func (e *editor) symbolsOf(t *testing.T) *elfmod.SymbolTable {
	t.Helper()
	f, err := e.open(t)
	if err != nil {
		t.Fatal(err)
	}
	table, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestSymbolFields: the fields of a symbol are those in the file.
func TestSymbolFields(t *testing.T) {
	each(t, modtest.Module{Needed: []modtest.Needed{{Name: "one"}, {Name: "two"}}}, func(t *testing.T, e *editor) {
		at := e.entry(2)
		e.putWord(at+e.value, 0x01020304)
		e.image[at+e.info] = 2<<4 | 13
		e.order.PutUint16(e.image[at+e.shndx:], 0xfff1)
		table := e.symbolsOf(t)
		s, err := table.At(2)
		if err != nil || string(s.Name) != "two" || s.Value != 0x01020304 || s.Section != elfmod.SectionAbs ||
			s.Info != 2<<4|13 || !s.Weak() || s.Type() != 13 || cap(s.Name) != 3 {
			t.Errorf("the symbol is %+v, %v", s, err)
		}
		if s, err := table.At(1); err != nil || s.Weak() || s.Type() != 0 || s.Section != elfmod.SectionUndef {
			t.Errorf("the one before is %+v, %v", s, err)
		}
		if s, err := table.At(0); err != nil || s.Name != nil {
			t.Errorf("the first entry is %+v, %v", s, err)
		}
		if table.Len() != 3 || table.StringsSize() != len("\x00one\x00two\x00") {
			t.Errorf("%d symbols, %d bytes of names", table.Len(), table.StringsSize())
		}
	})
}

// TestSymbolErrors: the error says which symbol is wrong, and where.
func TestSymbolErrors(t *testing.T) {
	each(t, modtest.Module{Needed: []modtest.Needed{{Name: "one"}, {Name: "two"}}}, func(t *testing.T, e *editor) {
		whole := bytes.Clone(e.image)
		strings := e.section(".strtab")
		for _, test := range []struct {
			name   string
			change func()
			want   string
		}{
			{"the last byte of the names", func() { e.order.PutUint32(e.image[e.entry(1):], 8) }, ""},
			{"name outside", func() { e.order.PutUint32(e.image[e.entry(1):], 9) }, "has its name outside the string table"},
			{"name without end", func() { e.putWord(strings+e.size, 4) }, "has a name without end"},
			{"no extended index", func() { e.order.PutUint16(e.image[e.entry(1)+e.shndx:], 0xffff) },
				"has no extended section index"},
		} {
			copy(e.image, whole)
			test.change()
			_, err := e.symbolsOf(t).At(1)
			if test.want != "" {
				test.want = fmt.Sprintf("symbol 1 %s (at offset %d)", test.want, e.entry(1))
			}
			message(t, test.name, err, test.want)
		}
		copy(e.image, whole)
		at := e.section(".symtab")
		f := func() error {
			file, err := e.open(t)
			if err != nil {
				t.Fatal(err)
			}
			_, err = file.Symbols()
			return err
		}
		e.putWord(at+e.size, uint64(e.symbol+1))
		message(t, "size", f(), fmt.Sprintf("a symbol table of %d bytes is not a multiple of %d (at offset %d)",
			e.symbol+1, e.symbol, e.word(at+e.offset)))
		e.putWord(at+e.size, 0)
		count := uint32(e.order.Uint16(e.image[e.shnum:]))
		e.order.PutUint32(e.image[at+e.link:], count)
		message(t, "strings", f(), fmt.Sprintf("the symbol table's strings are in section %d of %d (at offset %d)",
			count, count, e.word(at+e.offset)))
		e.order.PutUint32(e.image[at+e.link:], count-1)
		message(t, "other strings", f(), "")
	})
}

// TestExtendedIndexes: the indexes come from the section that belongs to the symbol
// table; there may be others.
func TestExtendedIndexes(t *testing.T) {
	const symtabShndx = 18
	each(t, modtest.Module{Needed: []modtest.Needed{{Name: "one"}, {Name: "two"}}, Sections: []modtest.Section{
		{Name: "other", Type: symtabShndx, Data: bytes.Repeat([]byte{9}, 12)},
		{Name: "plain", Type: 1, Data: bytes.Repeat([]byte{9}, 12)},
		{Name: "right", Type: symtabShndx, Data: make([]byte, 12)},
	}}, func(t *testing.T, e *editor) {
		index := uint32((e.section(".symtab") - int(e.word(e.shoff))) / e.sectionEntry)
		e.order.PutUint32(e.image[e.section("plain")+e.link:], index)
		e.order.PutUint32(e.image[e.section("right")+e.link:], index)
		data := int(e.word(e.section("right") + e.offset))
		e.order.PutUint32(e.image[data+8:], 0x01020304)
		for _, i := range []int{1, 2} {
			e.order.PutUint16(e.image[e.entry(i)+e.shndx:], 0xffff)
		}
		table := e.symbolsOf(t)
		one, err := table.At(1)
		two, err2 := table.At(2)
		if one.Section != 0 || two.Section != 0x01020304 || err != nil || err2 != nil {
			t.Errorf("sections %#x and %#x, %v, %v", one.Section, two.Section, err, err2)
		}
		e.putWord(e.section("right")+e.size, 11)
		if _, err := e.symbolsOf(t).At(2); !errors.Is(err, elfmod.ErrFormat) {
			t.Errorf("cut off: %v", err)
		}
		if _, err := e.symbolsOf(t).At(1); err != nil {
			t.Errorf("before the cut: %v", err)
		}
	})
}

// TestCRC: a version is the symbol's value, or lies in the section that the
// symbol points into.
func TestCRC(t *testing.T) {
	failed := errors.New("it fails")
	each(t, modtest.Module{}, func(t *testing.T, e *editor) {
		f, err := e.open(t)
		if err != nil {
			t.Fatal(err)
		}
		data := []byte{0, 1, 2, 3, 4, 5, 6, 7}
		read := func(i uint32) ([]byte, error) {
			if i != 5 {
				return nil, failed
			}
			return data, nil
		}
		for value := range uint64(10) {
			got, err := f.CRC(value, 5, read)
			want := ""
			if value > 4 {
				want = fmt.Sprintf("the version of an exported symbol lies outside section 5 (at offset %d)", value)
			} else if got != e.order.Uint32(data[value:]) {
				t.Errorf("at %d: %#x", value, got)
			}
			message(t, fmt.Sprint(value), err, want)
		}
		if _, err := f.CRC(1<<64-1, 5, read); !errors.Is(err, elfmod.ErrFormat) {
			t.Errorf("far outside: %v", err)
		}
		if got, err := f.CRC(0x1_0203_0405, elfmod.SectionAbs, read); got != 0x02030405 || err != nil {
			t.Errorf("absolute: %#x, %v", got, err)
		}
		if _, err := f.CRC(0, 6, read); err != failed {
			t.Errorf("unreadable: %v", err)
		}
	})
}

// TestIsRegister: symbols of type 13 are registers on SPARC, and nowhere else.
func TestIsRegister(t *testing.T) {
	for machine := range uint16(300) {
		f := &elfmod.File{Machine: machine}
		sparc := slices.Contains([]uint16{2, 18, 43}, machine)
		for typ := range byte(16) {
			if got := f.IsRegister(&elfmod.Symbol{Info: 1<<4 | typ}); got != (sparc && typ == 13) {
				t.Errorf("type %d on machine %d: %v", typ, machine, got)
			}
		}
	}
}

// TestHasSymbols: a symbol table is a section of type 2, whatever its name.
func TestHasSymbols(t *testing.T) {
	each(t, modtest.Module{}, func(t *testing.T, e *editor) {
		for typ := range uint32(20) {
			e.order.PutUint32(e.image[e.section(".symtab")+4:], typ)
			f, err := e.open(t)
			if err != nil {
				t.Fatal(err)
			}
			table, err := f.Symbols()
			if f.HasSymbols() != (typ == 2) || err != nil || table.Len() != map[bool]int{true: 1}[typ == 2] {
				t.Errorf("type %d: %v, %d symbols, %v", typ, f.HasSymbols(), table.Len(), err)
			}
		}
	})
}

// TestNotes: notes follow each other padded to four bytes; one that does not fit
// ends the list.
func TestNotes(t *testing.T) {
	each(t, modtest.Module{Sections: []modtest.Section{{Name: ".note.gnu.build-id", Type: 7, Data: make([]byte, 64)}}},
		func(t *testing.T, e *editor) {
			at := e.section(".note.gnu.build-id")
			data := e.image[e.word(at+e.offset):][:64]
			note := func(at int, nameSize, descSize, typ uint32, rest string) int {
				e.order.PutUint32(data[at:], nameSize)
				e.order.PutUint32(data[at+4:], descSize)
				e.order.PutUint32(data[at+8:], typ)
				return at + 12 + copy(data[at+12:], rest)
			}
			for nameSize := range uint32(9) {
				for descSize := range uint32(9) {
					clear(data)
					rest := make([]byte, (nameSize+3)&^3+(descSize+3)&^3)
					end := note(note(0, nameSize, descSize, 1, string(rest)), 4, 3, 3, "GNU\x00abc")
					for _, size := range []int{end, end - 1} {
						e.putWord(at+e.size, uint64(size))
						f, err := e.open(t)
						if err != nil {
							t.Fatal(err)
						}
						id, err := f.BuildID()
						if want := "abc"[:3-3*(end-size)]; string(id) != want || err != nil {
							t.Errorf("behind %d and %d bytes, of %d of %d: %q, %v", nameSize, descSize, size, end, id, err)
						}
					}
				}
			}
			f, err := e.open(t)
			if err != nil {
				t.Fatal(err)
			}
			f.Section(".note.gnu.build-id").Size = 1<<20 + 1
			_, err = f.BuildID()
			message(t, "too large", err,
				fmt.Sprintf("a build id of 1048577 bytes is too large (at offset %d)", e.word(at+e.offset)))
			f.Section(".note.gnu.build-id").Size = 1 << 20
			_, err = f.BuildID()
			message(t, "outside", err, fmt.Sprintf("1048576 bytes are needed here, but the file ends at %d (at offset %d)",
				len(e.image), e.word(at+e.offset)))
		})
}

// TestHideBits: hiding the versions clears SHF_ALLOC and no other flag.
func TestHideBits(t *testing.T) {
	each(t, modtest.Module{Versions: []modtest.Version{{Name: "a", CRC: 1}}}, func(t *testing.T, e *editor) {
		at := e.section("__versions") + e.flags
		e.putWord(at, 0xf0f0f0f7)
		if err := elfmod.HideVersions(e.image); err != nil || e.word(at) != 0xf0f0f0f5 {
			t.Errorf("flags are %#x, %v", e.word(at), err)
		}
		for name, hide := range map[string]func([]byte) error{
			"versions": elfmod.HideVersions, "vermagic": elfmod.HideVermagic,
		} {
			message(t, name, hide([]byte("text")), "it does not begin as an ELF file (at offset 0)")
		}
	})
	// Every vermagic field goes, even one without end, but no field whose key only
	// ends that way.
	each(t, modtest.Module{Sections: []modtest.Section{{Name: ".modinfo", Type: 1,
		Data: []byte("vermagic=a\x00\x00my.vermagic=b\x00vermagic=c")}}}, func(t *testing.T, e *editor) {
		if err := elfmod.HideVermagic(e.image); err != nil {
			t.Fatal(err)
		}
		at := e.word(e.section(".modinfo") + e.offset)
		want := strings.Repeat("\x00", 12) + "my.vermagic=b" + strings.Repeat("\x00", 11)
		if got := string(e.image[at:][:len(want)]); got != want {
			t.Errorf(".modinfo is %q", got)
		}
		e.putWord(e.section(".modinfo")+e.offset, 1<<30)
		if err := elfmod.HideVermagic(e.image); !errors.Is(err, elfmod.ErrFormat) {
			t.Errorf("outside: %v", err)
		}
	})
}
