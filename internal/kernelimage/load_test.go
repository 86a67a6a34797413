package kernelimage

import "testing"

// TestBesides: an image and its unpacked content have 1.1 times the limit
// together.
func TestBesides(t *testing.T) {
	for size, want := range map[int]int64{0: 1000, 99: 1000, 100: 1000, 101: 999, 1000: 100, 1100: 0, 1101: 0, 5000: 0} {
		if got := besides(make([]byte, size), 1000); got != want {
			t.Errorf("an image of %d bytes leaves %d, want %d", size, got, want)
		}
	}
}
