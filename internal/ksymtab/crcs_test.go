package ksymtab

import (
	"encoding/binary"
	"testing"
)

// TestCRCs: the size of the table says of what kind the versions are.
func TestCRCs(t *testing.T) {
	words := func(n ...uint32) []byte {
		var b []byte
		for _, crc := range n {
			b = binary.LittleEndian.AppendUint32(b, crc)
		}
		return b
	}
	for _, test := range []struct {
		name string
		word int
		data []byte
		n    int
		want []uint32 // nil for none
	}{
		{"none", 8, nil, 2, nil},
		{"no symbols", 8, nil, 0, nil},
		{"32 bits", 8, words(0xdeadbeef, 0xffffffff), 2, []uint32{0xdeadbeef, 0xffffffff}},
		{"0 is a version", 8, words(0, 0), 2, []uint32{0, 0}},
		{"longs", 8, words(1, 0, 0xdeadbeef, 0), 2, []uint32{1, 0xdeadbeef}},
		{"no longs of 64 bits", 4, words(1, 0, 2, 0), 2, nil},
		{"too few", 8, words(1), 2, nil},
		{"too many", 8, words(1, 2, 3), 2, nil},
		{"a part", 8, words(1, 2)[:7], 2, nil},
	} {
		checkCRCs(t, test.name, test.word, test.data, nil, test.n, test.want)
	}
	rest := words(0xdeadbeef, 77)
	for _, test := range []struct {
		name       string
		data, want []uint32
	}{
		{"offsets", []uint32{12, 12, 4}, []uint32{0xdeadbeef, 77, 0xdeadbeef}},
		{"offsets and none", []uint32{16, 0, 0}, []uint32{77, 0, 0}},
		{"only none", []uint32{0, 0, 0}, []uint32{0, 0, 0}},
		{"one leads beyond the end", []uint32{12, 12, 9}, []uint32{12, 12, 9}},
		{"one leads before the beginning", []uint32{0xffffffff, 12, 4}, []uint32{0xffffffff, 12, 4}},
		{"backward", []uint32{12, 0xfffffffc, 0xfffffff8}, []uint32{0xdeadbeef, 12, 12}},
	} {
		checkCRCs(t, test.name, 8, words(test.data...), rest, len(test.data), test.want)
	}
}

// checkCRCs compares the versions of n symbols, where something follows their table.
func checkCRCs(t *testing.T, name string, word int, table, rest []byte, n int, want []uint32) {
	t.Helper()
	const addr = 0x1000
	m := memoryOf(word, addr, append(table[:len(table):len(table)], rest...))
	c := newCRCs(m, addr, table, n)
	for i := range n {
		crc, ok := c.at(m, i)
		if ok != (want != nil) || ok && crc != want[i] {
			t.Errorf("%s: %d is %#x, %v", name, i, crc, ok)
		}
	}
}
