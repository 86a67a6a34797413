package ksymtab

import (
	"encoding/binary"
	"testing"
)

func TestFormSize(t *testing.T) {
	for _, test := range []struct {
		form       form
		word, want int
	}{
		{form{true, 3}, 8, 12}, {form{true, 3}, 4, 12}, {form{true, 2}, 8, 8}, {form{true, 2}, 4, 8},
		{form{false, 3}, 8, 24}, {form{false, 3}, 4, 12}, {form{false, 2}, 8, 16}, {form{false, 2}, 4, 8},
	} {
		if got := test.form.size(memoryOf(test.word, 0, nil)); got != test.want {
			t.Errorf("%+v with words of %d: %d, want %d", test.form, test.word, got, test.want)
		}
	}
}

// TestFormTarget: offsets count from their field, in both directions.
func TestFormTarget(t *testing.T) {
	offsets := func(n ...int32) []byte {
		var b []byte
		for _, off := range n {
			b = binary.LittleEndian.AppendUint32(b, uint32(off))
		}
		return b
	}
	for _, test := range []struct {
		name             string
		form             form
		word             int
		record           []byte
		addr             uint64
		name1, namespace uint64
	}{
		{"forward", form{true, 3}, 8, offsets(7, 0x100, 0x200), 0xffffffff81000000, 0xffffffff81000104, 0xffffffff81000208},
		{"backward", form{true, 3}, 8, offsets(7, -4, -8), 0x1000, 0x1000, 0x1000},
		{"none", form{true, 3}, 8, offsets(7, 0, 0), 0x1000, 0, 0},
		{"beyond the largest address", form{true, 3}, 8, offsets(7, 0, 0x10), ^uint64(0) - 0xf, 0, 8},
		{"beyond the largest address of 32 bits", form{true, 3}, 4, offsets(7, 0, 0x10), 1<<32 - 0x10, 0, 8},
		{"below the smallest of 32 bits", form{true, 3}, 4, offsets(7, -0x10, 0), 0, 1<<32 - 0xc, 0},
		{"no namespaces", form{true, 2}, 8, offsets(7, 0x100), 0x1000, 0x1104, 0},
		{"pointers", form{false, 3}, 4, offsets(7, 0x100, 0x200), 0x1000, 0x100, 0x200},
		{"pointers of 64 bits", form{false, 3}, 8, offsets(7, 0, 0x100, 1, 0x200, -1), 0x1000, 0x1_0000_0100,
			0xffff_ffff_0000_0200},
		{"pointers, no namespaces", form{false, 2}, 4, offsets(7, 0x100), 0x1000, 0x100, 0},
	} {
		m := memoryOf(test.word, 0, nil)
		if got := test.form.name(m, test.record, test.addr); got != test.name1 {
			t.Errorf("%s: the name is at %#x, want %#x", test.name, got, test.name1)
		}
		if got := test.form.namespace(m, test.record, test.addr); got != test.namespace {
			t.Errorf("%s: the namespace is at %#x, want %#x", test.name, got, test.namespace)
		}
	}
}
