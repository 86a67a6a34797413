package decompress

import "testing"

func TestSize(t *testing.T) {
	for _, e := range encoders {
		for _, size := range []int{0, 1, 5000, 1 << 20} {
			src := e.encode(t, sample(size))
			got, known := Size(src)
			if known && got != int64(size) {
				t.Errorf("%s: %d bytes are said to be %d", e.name, size, got)
			}
			if states := e.name == "gzip" || e.name == "xz" || e.name == "zstd" && size > 1; states && !known {
				t.Errorf("%s: of %d bytes nothing is known", e.name, size)
			}
			if cut, known := Size(src[:max(len(src)-1, 0)]); known && (e.codec == XZ || e.codec == Zstd) {
				t.Errorf("%s: %d bytes, cut off, are said to be %d", e.name, size, cut)
			}
		}
	}
	if got, known := Size([]byte("plain")); got != 5 || !known {
		t.Errorf("what is not compressed has %d bytes, %v", got, known)
	}
}
