package depmod

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSymbolsOrder: names are put in order, whatever part is known to be.
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
