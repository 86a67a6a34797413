package sys

import (
	"fmt"
	"testing"
)

// BenchmarkMapFile compares reading with mapping, with one lookup (two pages
// touched) and with every page touched. It is the basis of mapThreshold.
func BenchmarkMapFile(b *testing.B) {
	for _, size := range []int{4 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10, 512 << 10, 2560 << 10} {
		f := tempFile(b, pattern(size))
		for _, step := range []int{size / 2, 4096} {
			b.Run(fmt.Sprintf("size=%dK/step=%d/read", size>>10, step), func(b *testing.B) {
				for b.Loop() {
					m, err := readFile(f, int64(size))
					touch(b, m, step, err)
				}
			})
			b.Run(fmt.Sprintf("size=%dK/step=%d/map", size>>10, step), func(b *testing.B) {
				for b.Loop() {
					data, err := mapFile(f, size)
					touch(b, &Mapping{data: data, mapped: true}, step, err)
				}
			})
		}
	}
}

func touch(b *testing.B, m *Mapping, step int, err error) {
	if err != nil {
		b.Fatal(err)
	}
	sum := 0
	for i := 0; i < len(m.Bytes()); i += step {
		sum += int(m.Bytes()[i])
	}
	if sum < 0 {
		b.Fatal("overflow")
	}
	if err := m.Close(); err != nil {
		b.Fatal(err)
	}
}
