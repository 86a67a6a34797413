package xz

import (
	"bytes"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"sort"
	"testing"
	"time"

	"github.com/ulikunitz/xz"
)

// liblzma decodes with the system's library if the tests are built with the tag
// liblzma, and is nil otherwise.
var liblzma func(dst, src []byte) error

var (
	everyFlag = flag.Int("every", 20, "benchmark with one real module in `n`; 1 means all")
	skipFlag  = flag.Bool("skip-ulikunitz", false, "do not benchmark ulikunitz/xz, which takes most of the time")
)

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

// BenchmarkRatio decodes every file with each decoder in turn, so that noise
// hits all of them alike, takes each file's shortest time, and reports the
// ratio of the other decoders' times to this one's. All write into a buffer of
// the right size.
//
//	go test -tags liblzma -run '^$' -bench Ratio -benchtime 5x ./internal/xz
func BenchmarkRatio(b *testing.B) {
	files, total := samples(b)
	peers := map[string]func(dst, src []byte) error{
		"ours":      func(dst, src []byte) error { _, err := Decode(dst, src, 1<<30); return err },
		"ulikunitz": ulikunitz,
		"liblzma":   liblzma,
	}
	if liblzma == nil {
		delete(peers, "liblzma")
	}
	if *skipFlag {
		delete(peers, "ulikunitz")
	}
	best := map[string][]time.Duration{}
	for name := range peers {
		best[name] = make([]time.Duration, len(files))
	}
	for b.Loop() {
		for i, src := range files {
			size, _ := Size(src)
			dst := make([]byte, size, size+slack)
			for name, decode := range peers {
				start := time.Now()
				if err := decode(dst, src); err != nil {
					b.Fatal(name, ": ", err)
				}
				if t := time.Since(start); best[name][i] == 0 || t < best[name][i] {
					best[name][i] = t
				}
			}
		}
	}
	ours := sum(best["ours"])
	b.ReportMetric(float64(total)/1e6/ours.Seconds(), "MB/s")
	delete(best, "ours")
	for name, times := range best {
		b.ReportMetric(sum(times).Seconds()/ours.Seconds(), "x-"+name)
	}
}

func sum(times []time.Duration) (total time.Duration) {
	for _, t := range times {
		total += t
	}
	return total
}

// ulikunitz decodes src, whose data has len(dst) bytes.
func ulikunitz(dst, src []byte) error {
	r, err := xz.NewReader(bytes.NewReader(src))
	if err != nil {
		return err
	}
	_, err = io.ReadFull(r, dst)
	return err
}
