package ksymtab

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestLongest: the longest sequences in the order of their length, of equal ones the
// first, and not more than are tried.
func TestLongest(t *testing.T) {
	var list longest
	for _, names := range []int{5, 7, 5, 9, 7} {
		list.add(stretch{from: len(list), names: names})
	}
	if got := fmt.Sprint(list); got != "[{3 0 9} {1 0 7} {4 0 7} {0 0 5} {2 0 5}]" {
		t.Error(got)
	}
	for i := range 100 {
		list.add(stretch{names: i})
	}
	if len(list) != mostTries || list[0].names != 99 || list[mostTries-1].names != 100-mostTries {
		t.Error(list)
	}
	list.add(stretch{names: 100 - mostTries})
	list.add(stretch{names: 1000})
	if len(list) != mostTries || list[0].names != 1000 || list[mostTries-1].names != 101-mostTries {
		t.Error(list)
	}
}

func TestNear(t *testing.T) {
	for _, test := range []struct {
		a, b uint64
		want bool
	}{
		{0, 0, true}, {1 << 40, 1<<40 + window, true}, {1 << 40, 1<<40 + window + 1, false},
		{1<<40 + window, 1 << 40, true}, {1<<40 + window + 1, 1 << 40, false}, {0, 1 << 63, false},
	} {
		if got := near(test.a, test.b); got != test.want {
			t.Errorf("%#x and %#x: %v", test.a, test.b, got)
		}
	}
}

// TestFinderFinds: sequences are found wherever they begin, from fewest records on.
func TestFinderFinds(t *testing.T) {
	for n := fewest - 2; n < fewest+3; n++ {
		for pad := 0; pad < 64; pad += 4 {
			m, table := recordsOf(numbered("n", n)...)
			data := slices.Concat(make([]byte, pad), m.Parts[0].Data)
			m = memoryOf(4, table.addr-uint64(pad), data)
			m.Linked = linked
			s := newFinder(m, m.Parts[0], table.form, newWork(m))
			got := s.longest()
			found := len(got) > 0 && got[0] == stretch{pad, pad + 8*n, n - 1}
			if found != (n >= fewest) || !found && len(got) > 0 {
				t.Errorf("%d records at %d: %v", n, pad, got)
			}
		}
	}
}

// TestFinderTwice: records of one symbol are one name.
func TestFinderTwice(t *testing.T) {
	names := numbered("n", fewest-1)
	m, table := recordsOf(append(slices.Clone(names), names[len(names)-1])...)
	at := len(table.data) - 8
	copy(table.data[at:], table.data[at-8:at])
	m.Linked = linked
	if got := newFinder(m, m.Parts[0], table.form, newWork(m)).longest(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestFollows: what tells that there is a record, and one behind it.
func TestFollows(t *testing.T) {
	const addr = 16 << 20
	text := "\x00name\x00other\x00NS\x00" + strings.Repeat("\x00", 100)
	strs := uint32(addr + 2*12)
	for _, test := range []struct {
		name           string
		first, second  [3]uint32
		follows        bool
		other          int
		followsUnknown bool
	}{
		{"as it should be", [3]uint32{0, strs + 1, strs + 12}, [3]uint32{0, strs + 6, 0}, true, 1, true},
		{"no namespace", [3]uint32{0, strs + 1, 0}, [3]uint32{0, strs + 6, 0}, true, 1, true},
		{"one twice", [3]uint32{0, strs + 1, 0}, [3]uint32{0, strs + 1, 0}, true, 0, true},
		{"no name", [3]uint32{0, 0, 0}, [3]uint32{0, strs + 6, 0}, false, 0, false},
		{"no name behind it", [3]uint32{0, strs + 1, 0}, [3]uint32{0, 0, 0}, false, 0, false},
		{"an empty name", [3]uint32{0, strs, 0}, [3]uint32{0, strs + 6, 0}, false, 1, true},
		{"an empty name behind it", [3]uint32{0, strs + 1, 0}, [3]uint32{0, strs, 0}, false, 1, true},
		{"a namespace elsewhere", [3]uint32{0, strs + 1, 0xf0000000}, [3]uint32{0, strs + 6, 0}, false, 0, false},
		{"a name elsewhere", [3]uint32{0, strs + 1, 0}, [3]uint32{0, 0xf0000000, 0}, false, 0, false},
		{"low", [3]uint32{0, 100, 0}, [3]uint32{0, 200, 0}, false, 0, false},
	} {
		var data []byte
		for _, field := range slices.Concat(test.first[:], test.second[:]) {
			data = append(data, byte(field), byte(field>>8), byte(field>>16), byte(field>>24))
		}
		m := memoryOf(4, addr, append(data, text...))
		s := newFinder(m, m.Parts[0], form{false, 3}, newWork(m))
		if got, other := s.follows(0); got != test.followsUnknown || got && other != test.other {
			t.Errorf("%s, with an unknown address: %v, %d", test.name, got, other)
		}
		m.Linked = linked
		s = newFinder(m, m.Parts[0], form{false, 3}, newWork(m))
		if got, other := s.follows(0); got != test.follows || got && other != test.other {
			t.Errorf("%s: %v, %d", test.name, got, other)
		}
		for _, cut := range []int{23, 24} {
			s.part.Data = m.Parts[0].Data[:cut]
			if got, _ := s.follows(0); got != (test.follows && cut == 24) {
				t.Errorf("%s: %v with %d bytes", test.name, got, cut)
			}
		}
		s.work.left = 23
		if got, _ := s.follows(0); got {
			t.Errorf("%s: with no work left", test.name)
		}
	}
}

// TestWork: a search ends when so much was looked at, and not before.
func TestWork(t *testing.T) {
	w := &work{100}
	if !w.spend(60) || !w.spend(40) || w.spend(1) || w.spend(0) {
		t.Error("the work is another")
	}
	if got := newWork(memoryOf(4, 0, make([]byte, 1000))); got.left != workFactor*1000 {
		t.Errorf("%d", got.left)
	}
}
