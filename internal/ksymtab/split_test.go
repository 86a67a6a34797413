package ksymtab

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// recordsOf is a memory with records of two pointers each, to these names, and the names;
// that of "" is none.
func recordsOf(names ...string) (*kernelimage.Memory, table) {
	const addr = 0x1000
	text := []byte{0}
	var data []byte
	for _, name := range names {
		at := uint32(addr + 8*len(names) + len(text))
		if name == "" {
			at = 0
		}
		text = append(text, name+"\x00"...)
		data = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(data, 0), at)
	}
	m := memoryOf(4, addr, append(data, text...))
	return m, table{addr: addr, data: m.Parts[0].Data[:len(data)], form: form{false, 2}}
}

// numbered are names in ascending order.
func numbered(prefix string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%s%04d", prefix, i))
	}
	return list
}

func TestStarts(t *testing.T) {
	for _, test := range []struct {
		names string
		want  []int
	}{
		{"a", []int{0, 1}},
		{"a b c", []int{0, 3}},
		{"a a b", []int{0, 3}},
		{"b a", []int{0, 1, 2}},
		{"b c a b", []int{0, 2, 4}},
		{"a - b", []int{0, 1, 2, 3}},
		{"- a b", []int{0, 1, 3}},
		{"c b a", []int{0, 1, 2, 3}},
	} {
		names := strings.Fields(test.names)
		for i := range names {
			names[i] = strings.Trim(names[i], "-")
		}
		m, table := recordsOf(names...)
		if got := starts(m, &table); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.names, got, test.want)
		}
	}
}

// TestStartsBounds: names that are out of order again and again are no table, nor are
// those that have more bytes together than there are.
func TestStartsBounds(t *testing.T) {
	var down []string
	for i := range mostStarts {
		down = append(down, string(rune('z'-i)))
	}
	m, table := recordsOf(down...)
	if got := starts(m, &table); len(got) != mostStarts+1 {
		t.Errorf("%d starts: %v", mostStarts, got)
	}
	m, table = recordsOf(append(down, "a", "b", "a", "b")...)
	if got := starts(m, &table); got != nil {
		t.Errorf("more starts: %v", got)
	}
	m, table = recordsOf(numbered(strings.Repeat("n", 900), 100)...)
	if got := starts(m, &table); len(got) != 2 {
		t.Errorf("long names: %v", got)
	}
	at := table.data[4:8]
	for i := range 100 {
		copy(table.data[8*i+4:], at) // the first name
	}
	if got := starts(m, &table); len(got) != 2 {
		t.Errorf("the same long names: %v", got)
	}
	m.Parts[0].Data = m.Parts[0].Data[:50_000]
	if got := starts(m, &table); got != nil {
		t.Errorf("more bytes than there are: %v", got)
	}
}

func TestInOrder(t *testing.T) {
	for _, test := range []struct{ starts, want []int }{
		{[]int{0, 3}, []int{0, 3}},
		{[]int{0, 10, 20}, []int{0, 10, 20}},
		{[]int{0, 4, 20}, []int{4, 20}},
		{[]int{0, 5, 20}, []int{0, 5, 20}},
		{[]int{0, 16, 20}, []int{0, 16}},
		{[]int{0, 15, 20}, []int{0, 15, 20}},
		{[]int{0, 1, 2, 3, 20, 30, 31, 32}, []int{3, 20, 30}},
		{[]int{0, 10, 12, 20, 21}, []int{0, 10, 12, 20}},
		{nil, nil},
	} {
		if got := inOrder(test.starts); !slices.Equal(got, test.want) {
			t.Errorf("%v: %v, want %v", test.starts, got, test.want)
		}
	}
}

// TestSplit: two tables, or one with flags behind it.
func TestSplit(t *testing.T) {
	for _, test := range []struct {
		name  string
		names []string
		want  []int // sizes of the tables
	}{
		{"two", append(numbered("m", 10), numbered("a", 6)...), []int{10, 6}},
		{"too few", append(numbered("m", 10), numbered("a", 5)...), nil},
		{"with strays", slices.Concat([]string{"z", "y", ""}, numbered("m", 20), numbered("a", 20)), []int{20, 20}},
		{"with more behind it", slices.Concat(numbered("m", 20), numbered("a", 20), []string{"", "a"}), nil},
		{"three", slices.Concat(numbered("m", 20), numbered("h", 20), numbered("a", 20)), nil},
		{"one without licenses", numbered("m", 40), nil},
		{"with something that is not a name", slices.Concat([]string{"h-"}, numbered("m", 20), numbered("h", 20)),
			[]int{20, 20}},
		{"with something that is not a name in it", slices.Concat(numbered("m", 20), []string{"h-"}, numbered("n", 20)), nil},
	} {
		m, table := recordsOf(test.names...)
		e := split(m, table)
		var got []int
		if e != nil {
			for i := range e.tables {
				got = append(got, e.tables[i].len(m))
				if e.tables[i].gpl != (i == 1) {
					t.Errorf("%s: table %d is for the GPL: %v", test.name, i, e.tables[i].gpl)
				}
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
