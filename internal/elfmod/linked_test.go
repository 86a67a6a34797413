package elfmod_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/elfmod"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// linkedKernels are small kernels of every class and byte order.
func linkedKernels() []*modtest.KernelImage {
	var list []*modtest.KernelImage
	for i := range 4 {
		list = append(list, &modtest.KernelImage{Is32: i&1 == 1, BigEndian: i&2 == 2, Base: 0xc0100000,
			Symbols: modtest.KernelSymbols(3), BuildID: []byte("a build id of twenty")})
	}
	return list
}

// bothLinked reads a file from memory and with a reader.
func bothLinked(t *testing.T, image []byte) []*elfmod.Linked {
	t.Helper()
	inMemory, err := elfmod.NewLinkedBytes(image)
	if err != nil {
		t.Fatal(err)
	}
	read, err := elfmod.NewLinked(bytes.NewReader(image), int64(len(image)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return []*elfmod.Linked{inMemory, read}
}

// TestLinked: segments that are loaded, and sections with their addresses.
func TestLinked(t *testing.T) {
	for _, k := range linkedKernels() {
		for _, l := range bothLinked(t, k.Build()) {
			if l.Is64 == k.Is32 || (l.Order == binary.BigEndian) != k.BigEndian || l.Machine != modtest.X86_64 {
				t.Errorf("%v: %v, %v, machine %d", k, l.Is64, l.Order, l.Machine)
			}
			if len(l.Segments) != 2 || l.Segments[0].Addr != k.Base || l.Segments[0].Offset != 0x1000 ||
				l.Segments[1].Size != 0 {
				t.Fatalf("%v: %+v", k, l.Segments)
			}
			data, err := l.Contents(l.Segments[0])
			if err != nil || uint64(len(data)) != l.Segments[0].Size ||
				!bytes.Contains(data, []byte("Linux version 6.1.0-test (")) {
				t.Errorf("%v: %d bytes, %v", k, len(data), err)
			}
			notes := l.Section(".notes")
			if notes == nil || !bytes.HasSuffix(data[notes.Addr-k.Base:][:notes.Size], []byte("a build id of twenty")) {
				t.Errorf("%v: notes %+v", k, notes)
			}
		}
	}
}

// TestLinkedWithoutSections: a section table that cannot be read is none.
func TestLinkedWithoutSections(t *testing.T) {
	for _, k := range linkedKernels() {
		k.Form = modtest.KernelSegments
		for _, l := range bothLinked(t, k.Build()) {
			if l.Sections != nil || l.Section(".notes") != nil || len(l.Segments) != 2 {
				t.Errorf("%v: %d sections, %d segments", k, len(l.Sections), len(l.Segments))
			}
		}
		k.Form = modtest.KernelSections
		image := k.Build()
		for _, l := range bothLinked(t, image[:len(image)-1]) { // the last name has no end
			if l.Sections != nil || len(l.Segments) != 2 {
				t.Errorf("%v, cut: %d sections, %d segments", k, len(l.Sections), len(l.Segments))
			}
		}
	}
}

// TestLinkedLargeNames: however large segments may be, names of sections are not copied
// without a bound of their own.
func TestLinkedLargeNames(t *testing.T) {
	const most = 64 << 20
	image := linkedKernels()[0].Build()
	order := binary.LittleEndian
	names := int(order.Uint64(image[40:])) + 64*int(order.Uint16(image[62:])) // their section header
	order.PutUint64(image[names+24:], uint64(len(image)))
	image = append(image, make([]byte, most+1)...)
	for size, kept := range map[uint64]bool{most: true, most + 1: false} {
		order.PutUint64(image[names+32:], size)
		inMemory, err := elfmod.NewLinkedBytes(image)
		if err != nil || (inMemory.Sections != nil) != kept {
			t.Errorf("%d bytes in memory: %v", size, err)
		}
		read, err := elfmod.NewLinked(bytes.NewReader(image), int64(len(image)), 4*most)
		if err != nil || (read.Sections != nil) != kept {
			t.Errorf("%d bytes, read: %v", size, err)
		}
	}
}

// TestLinkedNot: a module is not linked, nor is a file whose headers are not all there.
func TestLinkedNot(t *testing.T) {
	for _, k := range linkedKernels() {
		whole := k.Build()
		size, at, counts := 64, 32, 54
		if k.Is32 {
			size, at, counts = 52, 28, 42
		}
		order := binary.ByteOrder(binary.LittleEndian)
		if k.BigEndian {
			order = binary.BigEndian
		}
		changed := func(change func(b []byte)) []byte {
			b := bytes.Clone(whole)
			change(b)
			return b
		}
		step := int(order.Uint16(whole[counts:]))
		placed := func(off int) []byte {
			return changed(func(b []byte) { order.PutUint32(b[at+low(k):], uint32(len(b)-3*step+off)) })
		}
		for name, test := range map[string]struct {
			image []byte
			ok    bool
		}{
			"whole":                    {whole, true},
			"a program for any place":  {changed(func(b []byte) { order.PutUint16(b[16:], 3) }), true},
			"relocatable":              {changed(func(b []byte) { order.PutUint16(b[16:], 1) }), false},
			"a core":                   {changed(func(b []byte) { order.PutUint16(b[16:], 4) }), false},
			"no program headers":       {changed(func(b []byte) { order.PutUint16(b[counts+2:], 0) }), true},
			"small program headers":    {changed(func(b []byte) { order.PutUint16(b[counts:], uint16(step-1)) }), false},
			"no size":                  {changed(func(b []byte) { order.PutUint16(b[counts:], 0) }), false},
			"headers at the end":       {placed(0), true},
			"headers beyond the end":   {placed(1), false},
			"headers far beyond it":    {changed(func(b []byte) { order.PutUint32(b[at+low(k):], 1<<32-1) }), false},
			"as much as is used":       {whole[:size+3*step], true},
			"a byte less than is used": {whole[:size+3*step-1], false},
			"nothing":                  {nil, false},
			"text":                     {[]byte("text that is longer than the header of an ELF file has to be, by some"), false},
		} {
			_, err := elfmod.NewLinkedBytes(test.image)
			if (err == nil) != test.ok || err != nil && !errors.Is(err, elfmod.ErrFormat) {
				t.Errorf("%s: %v", name, err)
			}
			_, err = elfmod.NewLinked(bytes.NewReader(test.image), int64(len(test.image)), 1<<20)
			if (err == nil) != test.ok {
				t.Errorf("%s, read: %v", name, err)
			}
		}
	}
}

// low is where the low half of a word is.
func low(k *modtest.KernelImage) int {
	if !k.Is32 && k.BigEndian {
		return 4
	}
	return 0
}

// TestLinkedContents: a segment lies in the file, and has no more than was allowed.
func TestLinkedContents(t *testing.T) {
	image := slices.Concat((&modtest.KernelImage{}).Build(), make([]byte, 66<<20))
	size := uint64(len(image))
	for _, most := range []int64{0, 66 << 20} {
		l, err := elfmod.NewLinked(bytes.NewReader(image), int64(size), most)
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			s     elfmod.Segment
			holds bool
			ok    bool
		}{
			{elfmod.Segment{Offset: 0, Size: 0}, true, true},
			{elfmod.Segment{Offset: size - 1, Size: 1}, true, true},
			{elfmod.Segment{Offset: size, Size: 0}, true, true},
			{elfmod.Segment{Offset: size, Size: 1}, false, false},
			{elfmod.Segment{Offset: size + 1, Size: 0}, false, false},
			{elfmod.Segment{Offset: 1, Size: size}, false, false},
			{elfmod.Segment{Offset: 1, Size: ^uint64(0)}, false, false},
			{elfmod.Segment{Offset: 100, Size: 64 << 20}, true, true},
			{elfmod.Segment{Offset: 100, Size: 66 << 20}, true, most > 0},
			{elfmod.Segment{Offset: 100, Size: 66<<20 + 1}, true, false},
		} {
			data, err := l.Contents(test.s)
			if l.Holds(test.s) != test.holds || (err == nil) != test.ok || err == nil && uint64(len(data)) != test.s.Size {
				t.Errorf("of at most %d, %+v: %d bytes, %v", most, test.s, len(data), err)
			}
		}
	}
}
