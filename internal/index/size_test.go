package index

import (
	"math/rand/v2"
	"testing"
)

// TestSize: the size is that of the file, and the file has no spare capacity.
func TestSize(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	text := func(most int, from, to byte) string {
		b := make([]byte, rng.IntN(most))
		for i := range b {
			b[i] = from + byte(rng.IntN(int(to-from)+1))
		}
		return string(b)
	}
	for round := range 300 {
		var entries []Entry
		for range rng.IntN(1 + round) {
			from := byte(1 + rng.IntN(100))
			entries = append(entries, Entry{Key: text(8, from, from+byte(rng.IntN(20))), Value: text(4, 'a', 'z'), Priority: rng.Uint32N(3)})
		}
		Sort(entries)
		file, err := Encode(entries)
		if err != nil || Size(entries) != len(file) || cap(file) != len(file) {
			t.Fatalf("%d entries: size %d, the file has %d of %d, %v", len(entries), Size(entries), len(file), cap(file), err)
		}
	}
}
