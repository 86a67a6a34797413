package decompress

import "testing"

// BenchmarkBytes decodes files of the size of a typical and of a large module,
// with a buffer that is reused.
func BenchmarkBytes(b *testing.B) {
	for _, e := range encoders {
		for name, size := range map[string]int{"40K": 40 << 10, "2M": 2 << 20} {
			b.Run(e.name+"/"+name, func(b *testing.B) {
				src := e.encode(b, sample(size))
				b.SetBytes(int64(size))
				b.ReportAllocs()
				var dst []byte
				for b.Loop() {
					var err error
					if dst, err = Bytes(dst, src, DefaultLimit); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
