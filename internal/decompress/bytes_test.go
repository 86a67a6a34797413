package decompress

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	sizes := []int{0, 1, 100, 4096, 65535, 65536, 65537, 1 << 20, 9 << 20}
	if testing.Short() {
		sizes = []int{0, 1, 100, 65535, 65536, 65537, 300_000}
	}
	for _, e := range encoders {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s/%d", e.name, size), func(t *testing.T) {
				content := sample(size)
				src := e.encode(t, content)
				for _, room := range []int{0, 10, size, size + 100000} {
					got, err := Bytes(bytes.Repeat([]byte("x"), room), src, int64(size))
					if err != nil {
						t.Fatalf("dst of %d bytes: %v", room, err)
					}
					if !bytes.Equal(got, content) {
						t.Errorf("dst of %d bytes: the content differs", room)
					}
				}
			})
		}
	}
}

// TestReusesBuffer checks that a caller's buffer is used if it is large enough,
// whatever it contains.
func TestReusesBuffer(t *testing.T) {
	for _, e := range encoders {
		t.Run(e.name, func(t *testing.T) {
			content := sample(100000)
			src := e.encode(t, content)
			dst := make([]byte, 7, 300000)
			got, err := Bytes(dst, src, DefaultLimit)
			if err != nil {
				t.Fatal(err)
			}
			if &got[0] != &dst[0] {
				t.Error("the result is not in the buffer")
			}
		})
	}
}

func TestNone(t *testing.T) {
	for _, src := range []string{"", "\x7fELF", "plain text"} {
		got, err := Bytes(nil, []byte(src), int64(len(src)))
		if err != nil || string(got) != src {
			t.Errorf("Bytes(%q) = %q, %v", src, got, err)
		}
	}
	got, err := Bytes(nil, []byte("plain text"), 9)
	if got != nil || !errors.Is(err, ErrTooLarge) {
		t.Errorf("above the limit: %q, %v", got, err)
	}
}

// stride is 1, or more in short mode.
func stride() int {
	if testing.Short() {
		return 11
	}
	return 1
}

// TestTruncated cuts files at every byte. Only a legacy lz4 file has places
// where that goes unnoticed: between its blocks, here after the magic.
func TestTruncated(t *testing.T) {
	for _, e := range encoders {
		t.Run(e.name, func(t *testing.T) {
			src := e.encode(t, sample(1500))
			for n := 0; n < len(src); n += stride() {
				if Detect(src[:n]) == None || e.name == "lz4 legacy" && n == 4 {
					continue
				}
				got, err := Bytes(nil, src[:n], DefaultLimit)
				if got != nil || !errors.Is(err, ErrCorrupt) || !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("cut to %d of %d bytes: %d bytes, error %v", n, len(src), len(got), err)
				}
			}
		})
	}
}

// TestMutated changes every byte in turn. Data with a checksum must never give
// other content.
func TestMutated(t *testing.T) {
	for _, e := range encoders {
		t.Run(e.name, func(t *testing.T) {
			content := sample(1000)
			src := e.encode(t, content)
			for i := MagicSize; i < len(src); i += stride() {
				for _, flip := range []byte{0x01, 0xff} {
					src[i] ^= flip
					got, err := Bytes(nil, src, 1<<20)
					src[i] ^= flip
					if err != nil {
						checkError(t, got, err)
					} else if e.name != "lz4 legacy" && !bytes.Equal(got, content) {
						t.Errorf("byte %d xor %#x: other content without an error", i, flip)
					}
				}
			}
		})
	}
}

// checkError checks that err is what this package promises.
func checkError(t *testing.T, got []byte, err error) {
	t.Helper()
	var typed *Error
	if got != nil || !errors.As(err, &typed) || err.Error() == "" {
		t.Fatalf("%d bytes and error %v", len(got), err)
	}
	kinds := 0
	for _, kind := range []error{ErrTooLarge, ErrCorrupt, ErrUnsupported} {
		if errors.Is(err, kind) {
			kinds++
		}
	}
	if kinds != 1 {
		t.Errorf("%v is of %d kinds", err, kinds)
	}
}

// TestConcatenated covers files of several members, streams and frames.
func TestConcatenated(t *testing.T) {
	for _, e := range encoders {
		t.Run(e.name, func(t *testing.T) {
			one, two := sample(1000), sample(70000)
			src := append(e.encode(t, one), e.encode(t, nil)...)
			src = append(src, e.encode(t, two)...)
			want := append(bytes.Clone(one), two...)
			got, err := Bytes(nil, src, int64(len(want)))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Error("the content differs")
			}
			if _, err := Bytes(nil, src, int64(len(want)-1)); !errors.Is(err, ErrTooLarge) {
				t.Errorf("one byte above the limit: %v", err)
			}
		})
	}
}

func TestTrailing(t *testing.T) {
	tails := []struct {
		name  string
		tail  string
		valid map[string]bool // by encoder
	}{
		{"text", "garbage, not a frame", nil},
		{"one byte", "g", nil},
		{"four zero bytes", "\x00\x00\x00\x00", map[string]bool{"gzip": true, "xz": true, "lz4 legacy": true}},
		{"five zero bytes", "\x00\x00\x00\x00\x00", map[string]bool{"gzip": true}},
	}
	for _, e := range encoders {
		for _, tail := range tails {
			t.Run(e.name+"/"+tail.name, func(t *testing.T) {
				content := sample(1000)
				got, err := Bytes(nil, append(e.encode(t, content), tail.tail...), DefaultLimit)
				if tail.valid[e.name] {
					if err != nil || !bytes.Equal(got, content) {
						t.Errorf("%d bytes, error %v", len(got), err)
					}
				} else if got != nil || !errors.Is(err, ErrCorrupt) {
					t.Errorf("%d bytes, error %v, want ErrCorrupt", len(got), err)
				}
			})
		}
	}
}

// TestConcurrent shares the pooled decoders between goroutines, failures
// included, and makes sure that no state leaks from one file to the next.
func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	for _, e := range encoders {
		content := sample(50000)
		src := e.encode(t, content)
		for range 3 {
			wg.Go(func() {
				var dst []byte
				for i := range 20 {
					Bytes(nil, src[:len(src)*i/20], DefaultLimit)
					Bytes(nil, src, int64(i*1000))
					got, err := Bytes(dst, src, DefaultLimit)
					if err != nil || !bytes.Equal(got, content) {
						t.Errorf("%s: %v", e.name, err)
						return
					}
					dst = got
				}
			})
		}
	}
	wg.Wait()
}
