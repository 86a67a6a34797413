package kernelimage_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// noise is data that does not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	for i, x := 0, uint32(1); i < n; i++ {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// sized is a kernel of n bytes.
func sized(release string, n int) []byte {
	k := modtest.Kernel(release, nil)
	return append(k, make([]byte, n-len(k))...)
}

// badFrame is zstd's magic number with an invalid header.
const badFrame = "\x28\xb5\x2f\xfd\x08"

// TestSearchFirst: of several packed kernels the first one counts, in whatever
// formats they are.
func TestSearchFirst(t *testing.T) {
	firsts, seconds, decoys := map[string][]byte{}, map[string][]byte{}, map[string][]byte{}
	for codec := range codecs {
		firsts[codec], seconds[codec] = pack(t, codec, sized("1.0", 500)), pack(t, codec, sized("2.0", 500))
		decoys[codec] = pack(t, codec, []byte("nothing"))
	}
	for one, first := range firsts {
		for two, second := range seconds {
			image := bytes.Join([][]byte{[]byte("start"), first, []byte("\xff\xff\xff\xff between"), second}, nil)
			got, err := kernelimage.Unpack(image, 1<<20)
			if err != nil || kernelimage.Release(got) != "1.0" {
				t.Errorf("%s before %s: %q, %v", one, two, got, err)
			}
			got, err = kernelimage.Unpack(bytes.Join([][]byte{[]byte("start"), decoys[one], second}, nil), 1<<20)
			if err != nil || kernelimage.Release(got) != "2.0" {
				t.Errorf("%s after a decoy with %s: %q, %v", two, one, got, err)
			}
		}
	}
}

// TestSearchCost counts the work of failed tries: the bytes read and written, and a
// minimum for each try.
func TestSearchCost(t *testing.T) {
	const try = 4096
	decoy := pack(t, "gzip", noise(10_000))
	small := pack(t, "gzip", []byte("small"))
	for _, test := range []struct {
		name  string
		image []byte
		want  int
	}{
		{"nothing", nil, 0},
		{"no magic number", noise(10_000), 0},
		{"one bad frame", []byte(badFrame), try},
		{"100 bad frames", bytes.Repeat([]byte(badFrame), 100), 100 * try},
		{"a small decoy", small, try},
		{"a decoy", decoy, 10_000 + len(decoy)},
		{"two decoys", append(bytes.Clone(decoy), decoy...), 2 * (10_000 + len(decoy))},
		{"a decoy with a bad frame after it", append(bytes.Clone(decoy), badFrame...), 10_000 + len(decoy) + try},
	} {
		_, allowed, done, err := kernelimage.Search(test.image, 1<<20)
		if !errors.Is(err, kernelimage.ErrUnknown) || done != int64(test.want) {
			t.Errorf("%s: %d, %v; want %d", test.name, done, err, test.want)
		}
		if want := int64(4*len(test.image) + 64<<20); allowed != want {
			t.Errorf("%s: %d are allowed, want %d", test.name, allowed, want)
		}
	}
}

// TestSearchEnds: the search makes the last try that is allowed, and no more.
func TestSearchEnds(t *testing.T) {
	const tries, size = 17_000, 1024*17_000 - 16<<20 // at 4096 bytes each, four times the size and 64 MiB
	image := append(bytes.Repeat([]byte(badFrame), tries), make([]byte, size-tries*len(badFrame))...)
	if _, allowed, done, err := kernelimage.Search(image, 1<<20); done != allowed || !errors.Is(err,
		kernelimage.ErrUnknown) {
		t.Errorf("%d of %d, %v", done, allowed, err)
	}
	copy(image[len(image)-100:], badFrame)
	_, _, _, err := kernelimage.Search(image, 1<<20)
	var packed *kernelimage.PackedError
	if !errors.As(err, &packed) || !strings.Contains(err.Error(), "too much of the image") {
		t.Errorf("one more try: %v", err)
	}
}

// TestSearchVerdict: the error is that of a stream that unpacked more than
// chance explains.
func TestSearchVerdict(t *testing.T) {
	broken := func(codec string, n int) []byte {
		b := pack(t, codec, noise(n))
		b[len(b)-5]++
		return b
	}
	cost := func(b []byte) int {
		part, err := decompress.Prefix(nil, b, 1<<20)
		if err == nil {
			t.Fatal("it is not broken")
		}
		return len(part.Content) + part.Size
	}
	n := 32_700
	for cost(broken("gzip", n)) < 64<<10 {
		n++
	}
	for cost(broken("gzip", n)) >= 64<<10 {
		n--
	}
	below, above := broken("gzip", n), broken("gzip", n+1)
	if cost(below) >= 64<<10 || cost(above) < 64<<10 {
		t.Fatalf("costs are %d and %d", cost(below), cost(above))
	}
	for name, test := range map[string]struct {
		image []byte
		how   string
	}{
		"weak":            {below, ""},
		"strong":          {above, "gzip"},
		"strong and weak": {append(bytes.Clone(above), broken("xz", 1000)...), "gzip"},
		"weak and strong": {append(broken("xz", 1000), above...), "gzip"},
		"stronger behind": {append(bytes.Clone(above), broken("xz", 100_000)...), "xz"},
		"stronger before": {append(broken("xz", 100_000), above...), "xz"},
		"and lzo":         {append(bytes.Clone(above), "\x89LZO\x00\x0d\x0a\x1a\x0a"...), "gzip"},
		"weak and lzo":    {append(bytes.Clone(below), "\x89LZO\x00\x0d\x0a\x1a\x0a"...), "lzo"},
	} {
		_, _, _, err := kernelimage.Search(append([]byte("start"), test.image...), 1<<20)
		var packed *kernelimage.PackedError
		if errors.As(err, &packed) != (test.how != "") || packed != nil && packed.How != test.how {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBuffers: buffers of earlier steps count against the limit.
func TestBuffers(t *testing.T) {
	const limit = 1 << 20
	part := func(percent int) int { return limit * percent / 100 }
	for _, test := range []struct {
		name          string
		first, second int // percentages of the limit
		ok            bool
	}{
		{"alone", 0, 99, true},
		{"too large", 0, 101, false},
		{"after a small one", 20, 60, true},
		{"as large as the earlier one", 60, 60, true},
		{"beside one of nearly half", 45, 70, false},
	} {
		image := []byte("start")
		if test.first > 0 {
			image = append(image, pack(t, "gzip", make([]byte, part(test.first)))...)
		}
		image = append(image, pack(t, "gzip", sized("6.1", part(test.second)))...)
		got, err := kernelimage.Unpack(image, limit)
		if (err == nil) != test.ok || test.ok && len(got) != part(test.second) {
			t.Errorf("%s: %d bytes, %v", test.name, len(got), err)
		}
	}
	for _, test := range []struct {
		outer, inner int
		ok           bool
	}{{50, 40, true}, {50, 60, false}} {
		inside := append([]byte("start"), pack(t, "gzip", sized("6.1", part(test.inner)))...)
		inside = append(inside, make([]byte, part(test.outer)-len(inside))...)
		got, err := kernelimage.Unpack(pack(t, "gzip", inside), limit)
		if (err == nil) != test.ok || test.ok && len(got) != part(test.inner) {
			t.Errorf("%d within %d: %d bytes, %v", test.inner, test.outer, len(got), err)
		}
	}
}

// TestParts: a kernel that is packed in several parts is returned as a whole.
func TestParts(t *testing.T) {
	const limit = 1 << 20
	for _, codec := range []string{"gzip", "xz", "zstd"} {
		for _, test := range []struct {
			first, second int
			ok            bool
		}{{100_000, 500_000, true}, {500_000, 500_000, false}, {100_000, 1_000_000, false}} {
			k := sized("6.1", test.first+test.second)
			image := append(pack(t, codec, k[:test.first]), pack(t, codec, k[test.first:])...)
			got, err := kernelimage.Unpack(image, limit)
			if (err == nil) != test.ok || test.ok && !bytes.Equal(got, k) {
				t.Errorf("%s, %d and %d: %d bytes, %v", codec, test.first, test.second, len(got), err)
			}
		}
		image := append(pack(t, codec, []byte("first, ")), pack(t, codec, []byte("second"))...)
		if got, err := kernelimage.Unpack(image, limit); !errors.Is(err, kernelimage.ErrUnknown) {
			t.Errorf("%s, not a kernel: %q, %v", codec, got, err)
		}
		image = append(pack(t, codec, []byte("first, ")), "something else"...)
		if got, err := kernelimage.Unpack(image, limit); err == nil || !strings.Contains(err.Error(), "corrupt") {
			t.Errorf("%s, with data after it: %q, %v", codec, got, err)
		}
	}
}

// TestRoom: an image's statement about its size is believed as far as it is
// plausible.
func TestRoom(t *testing.T) {
	packed := make([]byte, 100)
	for _, test := range []struct{ size, limit, want int64 }{
		{0, 1000, -1}, {-1, 1000, -1}, {1, 1000, 1}, {1000, 1000, 1000}, {1001, 1000, 1000}, {1600, 5000, 1600}, {1601,
			5000, 1600},
		{1000, 0, -1}, {1000, -5, -1},
	} {
		got, want := kernelimage.Room(test.size, test.limit, packed), test.want+128<<10
		if test.want < 0 {
			want = 0
		}
		if int64(got) < want || int64(got) > want+want/8 { // make may allocate some more
			t.Errorf("%d with the limit %d: %d, want %d", test.size, test.limit, got, want)
		}
	}
}

// FuzzUnpack: an image unpacks to no more than allowed, and failed tries cost no
// more than the bound.
func FuzzUnpack(f *testing.F) {
	const limit = 1 << 20
	for codec, n := range map[string]int{"gzip": 1000, "xz": 1000, "zstd": 1000} {
		packed := pack(f, codec, sized("6.1", n))
		f.Add(modtest.BZImage(packed))
		f.Add(modtest.Zboot(codec, packed))
		f.Add(modtest.Wrapped(packed))
		f.Add(packed)
		f.Add(append(pack(f, codec, make([]byte, 2<<20)), packed...))
	}
	f.Add(modtest.Vmlinux(kernel, 64, binary.LittleEndian))
	f.Add(bytes.Repeat([]byte(badFrame), 50))
	f.Fuzz(func(t *testing.T, image []byte) {
		got, err := kernelimage.Unpack(image, limit)
		var packed *kernelimage.PackedError
		switch {
		case err != nil && (got != nil || !errors.Is(err, kernelimage.ErrUnknown) && !errors.As(err, &packed)):
			t.Fatalf("got %d bytes, %v", len(got), err)
		case err == nil && len(got) > limit && !bytes.Equal(got, image):
			t.Fatalf("got %d bytes", len(got))
		}
		kernelimage.Release(got)
		_, allowed, done, _ := kernelimage.Search(image, limit)
		if most := allowed + limit + int64(len(image)) + 8<<20; done > most { // a block of lz4 more
			t.Fatalf("failed tries read and write %d bytes, of at most %d", done, most)
		}
	})
}
