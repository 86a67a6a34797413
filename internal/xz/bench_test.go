package xz

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"sort"
	"testing"

	"github.com/ulikunitz/xz"
)

var everyFlag = flag.Int("every", 20, "benchmark with one real module in `n`; 1 means all")

// samples returns compressed files to measure with, and the total size of their
// data: real modules spread over all sizes if there are any, otherwise made-up
// data.
func samples(b *testing.B) (files [][]byte, total int64) {
	b.Helper()
	for _, path := range findModules() {
		src, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, src)
	}
	if len(files) == 0 {
		files = [][]byte{encode(b, machineCode(1<<20), nil)}
	}
	sort.Slice(files, func(i, j int) bool { return len(files[i]) < len(files[j]) })
	picked := files[:0]
	for i := *everyFlag / 2; i < len(files); i += *everyFlag {
		picked = append(picked, files[i])
	}
	if len(picked) == 0 {
		picked = files[:1]
	}
	for _, src := range picked {
		n, err := Size(src)
		if err != nil {
			b.Fatal(err)
		}
		total += n
	}
	return picked, total
}

// machineCode makes n bytes that compress about as well as a module does.
func machineCode(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 0, n+64)
	for len(data) < n {
		if len(data) < 64 || r.IntN(3) > 0 {
			for range r.IntN(8) {
				data = append(data, byte(r.ExpFloat64()*20))
			}
			continue
		}
		from := r.IntN(len(data) - 40)
		data = append(data, data[from:from+2+r.IntN(38)]...)
	}
	return data[:n]
}

// encode compresses with ulikunitz/xz.
func encode(tb testing.TB, data []byte, config *xz.WriterConfig) []byte {
	tb.Helper()
	if config == nil {
		config = &xz.WriterConfig{}
	}
	var buf bytes.Buffer
	w, err := config.NewWriter(&buf)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

// BenchmarkDecode measures one thread, in bytes of output, with a buffer that
// is reused.
func BenchmarkDecode(b *testing.B) {
	files, total := samples(b)
	var buf []byte
	b.SetBytes(total)
	b.ReportAllocs()
	for b.Loop() {
		for _, src := range files {
			got, err := Decode(buf, src, 1<<30)
			if err != nil {
				b.Fatal(err)
			}
			buf = got
		}
	}
}
