package depmod

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSymbolsOrder: names are sorted, however many are known to be in order.
func TestSymbolsOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		s := &symbols{}
		for range rnd.IntN(30) {
			s.name(fmt.Appendf(nil, "n%d", rnd.IntN(100)))
		}
		s.ascending = rnd.IntN(len(s.names) + 1)
		slices.Sort(s.names[:s.ascending])
		s.ids = nil
		var got []string
		for _, id := range s.order() {
			got = append(got, s.names[id])
		}
		if want := slices.Sorted(slices.Values(s.names)); !slices.Equal(got, want) {
			t.Fatalf("%q, of which %d are in order, give %q", s.names, s.ascending, got)
		}
	}
}

// TestSymbolsAdd: tables that take symbols one by one, or all of another table, number
// each name and each symbol once.
func TestSymbolsAdd(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	spelt := func(s *symbols, id uint32) string {
		return fmt.Sprint(s.names[s.list[id].name], s.list[id].crc, s.list[id].weak)
	}
	for range 200 {
		all, known := &symbols{}, map[string]uint32{}
		for range 4 {
			part := &symbols{}
			for range rnd.IntN(20) {
				name := part.name(fmt.Appendf(nil, "n%d", rnd.IntN(6)))
				sym := symbol{name: name, crc: rnd.Uint32N(3), weak: rnd.IntN(3) == 0}
				id := part.id(sym)
				if part.list[id] != sym || part.id(sym) != id || part.name([]byte(part.names[name])) != name {
					t.Fatalf("%+v has the number %d in %+v", sym, id, part)
				}
			}
			for id, into := range all.add(part) {
				text := spelt(part, uint32(id))
				if at, ok := known[text]; ok && at != into || spelt(all, into) != text {
					t.Fatalf("%s became %s, number %d", text, spelt(all, into), into)
				}
				known[text] = into
			}
		}
		if len(all.list) != len(known) {
			t.Fatalf("%d symbols for %d", len(all.list), len(known))
		}
		if names := slices.Sorted(slices.Values(all.names)); len(slices.Compact(names)) != len(all.names) {
			t.Fatalf("the names are %q", names)
		}
	}
}

// TestSymbolsCut: names that are forgotten are new again.
func TestSymbolsCut(t *testing.T) {
	s := &symbols{}
	for _, name := range []string{"a", "b", "c"} {
		s.name([]byte(name))
	}
	s.cut(1)
	if len(s.names) != 1 || len(s.ids) != 1 || s.name([]byte("a")) != 0 || s.name([]byte("c")) != 1 || s.name([]byte("b")) != 2 {
		t.Errorf("%q, %v", s.names, s.ids)
	}
}
