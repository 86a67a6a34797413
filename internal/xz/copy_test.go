package xz

import (
	"bytes"
	"testing"
)

// TestCopyNear compares with copying byte by byte, for all short distances,
// lengths and amounts of room after the data.
func TestCopyNear(t *testing.T) {
	for dist := 1; dist <= 40; dist++ {
		for n := 1; n <= 100; n++ {
			for room := range 20 {
				want := make([]byte, 40+n)
				for i := range want {
					want[i] = byte(i)
				}
				for i := 40; i < 40+n; i++ {
					want[i] = want[i-dist]
				}
				got := make([]byte, 40+n+room)
				copy(got, want[:40])
				copyNear(got, 40, uint64(40-dist), uint64(n))
				if !bytes.Equal(got[:40+n], want) {
					t.Fatalf("distance %d, %d bytes, room for %d more", dist, n, room)
				}
			}
		}
	}
}
