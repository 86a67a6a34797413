package ksymtab

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// TestTail: what lies between records and strings tells by its size what it is.
func TestTail(t *testing.T) {
	const n = 40
	for _, test := range []struct {
		gap, word    int
		n            int
		ok           bool
		entry, flags int
	}{
		{0, 8, n, true, 0, 0}, {7, 8, n, true, 0, 0}, {8, 8, n, false, 0, 0}, {n - 1, 8, n, false, 0, 0},
		{n, 8, n, true, 0, n}, {n + 1, 8, n, false, 0, 0}, {2 * n, 8, n, false, 0, 0}, {3 * n, 8, n, false, 0, 0},
		{4*n - 1, 8, n, false, 0, 0}, {4 * n, 8, n, true, 4, 0}, {4*n + 3, 4, n, true, 4, 0}, {4*n + 4, 8, n, false, 0, 0},
		{5*n - 1, 8, n, false, 0, 0}, {5 * n, 8, n, true, 4, n}, {5*n + 4, 8, n, true, 4, n}, {5*n + 5, 8, n, false, 0, 0},
		{8*n - 1, 8, n, false, 0, 0}, {8 * n, 8, n, true, 8, 0}, {8*n + 7, 8, n, true, 8, 0}, {8*n + 8, 8, n, false, 0, 0},
		{8 * n, 4, n, false, 0, 0}, // longs of 32 bits are as short versions
		{6 * n, 8, n, false, 0, 0}, {9 * n, 8, n, false, 0, 0}, {16, 8, 16, true, 0, 16},
	} {
		e := withGap(test.gap, test.word, test.n)
		if ok := e.findTail(); ok != test.ok {
			t.Errorf("%d bytes for %d, words of %d: %v", test.gap, test.n, test.word, ok)
		}
		c := e.tables[0].crcs
		if c.entry != test.entry || len(c.data) != test.entry*test.n || len(e.tables[0].flags) != test.flags {
			t.Errorf("%d bytes for %d, words of %d: versions of %d bytes, %d flags; want %d and %d", test.gap, test.n,
				test.word, c.entry, len(e.tables[0].flags), test.entry, test.flags)
		}
		end := e.tables[0].addr + uint64(len(e.tables[0].data))
		if c.entry != 0 && c.addr != end || test.flags > 0 && e.tables[0].flags[0] != byte(test.entry*test.n) {
			t.Errorf("%d bytes: versions at %#x", test.gap, c.addr)
		}
	}
}

// withGap are exports of n names, with bytes between records and strings that count up.
func withGap(gap, word, n int) *Exports {
	const addr = 0x1000
	var data, text []byte
	for i := range n {
		off := 8*n + gap + len(text) - (8*i + 4)
		data = binary.LittleEndian.AppendUint32(append(data, 0, 0, 0, 0), uint32(off))
		text = append(text, fmt.Sprintf("name%03d\x00", i)...)
	}
	records := len(data)
	for i := range gap {
		data = append(data, byte(i))
	}
	data = append(append(data, text...), make([]byte, 1000)...)
	e := &Exports{mem: memoryOf(word, addr, data)}
	e.add(table{addr: addr, data: data[:records], form: form{true, 2}})
	return e
}

// TestTailFar: strings far behind the records, or before them, tell nothing.
func TestTailFar(t *testing.T) {
	e := withGap(20, 8, 40)
	e.tables[0].addr += 1 << 20 // the names are at other places then
	if e.findTail() || e.tables[0].crcs.entry != 0 || e.tables[0].flags != nil {
		t.Error("there are versions")
	}
}

// TestTailTables: each table has the versions of its own symbols, and flags only if it is
// the only one.
func TestTailTables(t *testing.T) {
	const n = 40
	for gap, entry := range map[int]int{n: 0, 4 * n: 4, 8 * n: 8} {
		e := withGap(gap, 8, n)
		all := e.tables[0]
		e.tables = []table{all.part(e.mem, 0, 30), all.part(e.mem, 30, n)}
		if !e.findTail() {
			t.Errorf("%d bytes: they are something else", gap)
		}
		for i, want := range []struct{ first, n int }{{0, 30}, {30, 10}} {
			c := e.tables[i].crcs
			if c.entry != entry || entry > 0 && (len(c.data) != entry*want.n || c.data[0] != byte(entry*want.first)) {
				t.Errorf("%d bytes: table %d has versions of %d bytes, %d together", gap, i, c.entry, len(c.data))
			}
			if e.tables[i].flags != nil {
				t.Errorf("%d bytes: table %d has flags", gap, i)
			}
		}
	}
}
