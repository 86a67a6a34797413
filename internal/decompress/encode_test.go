package decompress

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// encoders has one entry per shape of file, made by the libraries.
var encoders = []struct {
	name   string
	codec  Codec
	encode func(tb testing.TB, content []byte) []byte
}{
	{"gzip", Gzip, encodeGzip},
	{"xz", XZ, encodeXZ},
	{"zstd", Zstd, encodeZstd},
	{"zstd unknown size", Zstd, encodeZstdStream},
	{"lz4", LZ4, encodeLZ4},
	{"lz4 declared size", LZ4, encodeLZ4Sized},
	{"lz4 legacy", LZ4, encodeLZ4Legacy},
}

// finish writes content to w, closes it and returns what arrived in out.
func finish(tb testing.TB, w io.WriteCloser, err error, content []byte, out *bytes.Buffer) []byte {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func encodeGzip(tb testing.TB, content []byte) []byte {
	var out bytes.Buffer
	return finish(tb, gzip.NewWriter(&out), nil, content, &out)
}

func encodeXZ(tb testing.TB, content []byte) []byte {
	var out bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 20}.NewWriter(&out) // the default costs much
	return finish(tb, w, err, content, &out)
}

func encodeZstd(tb testing.TB, content []byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
	if err != nil {
		tb.Fatal(err)
	}
	return w.EncodeAll(content, nil)
}

// encodeZstdStream makes a frame that does not declare its size but a window
// of 64 MiB, as "zstd --ultra -22" does from a pipe with 128 MiB.
func encodeZstdStream(tb testing.TB, content []byte) []byte {
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1),
		zstd.WithZeroFrames(true), zstd.WithWindowSize(64<<20), zstd.WithLowerEncoderMem(true))
	if err == nil && len(content) > 0 {
		_, err = w.Write(content[:1])
		content = content[1:]
	}
	if err == nil {
		err = w.Flush()
	}
	return finish(tb, w, err, content, &out)
}

func encodeLZ4(tb testing.TB, content []byte) []byte {
	return lz4With(tb, content)
}

func encodeLZ4Sized(tb testing.TB, content []byte) []byte {
	return lz4With(tb, content, lz4.SizeOption(uint64(len(content))), lz4.BlockChecksumOption(true))
}

func encodeLZ4Legacy(tb testing.TB, content []byte) []byte {
	return lz4With(tb, content, lz4.LegacyOption(true))
}

func lz4With(tb testing.TB, content []byte, options ...lz4.Option) []byte {
	var out bytes.Buffer
	w := lz4.NewWriter(&out)
	err := w.Apply(append(options, lz4.ConcurrencyOption(1))...)
	return finish(tb, w, err, content, &out)
}

// sample returns n bytes that shrink about as well as a module does: words
// from a small set, and noise.
func sample(n int) []byte {
	words := []string{"module_init", "\x00\x00\x00\x00", "\x48\x89\xe5\x5d", "kmalloc", "pci:v00008086"}
	b := make([]byte, 0, n+16)
	for x := uint32(1); len(b) < n; {
		x = x*1664525 + 1013904223
		b = append(b, words[x>>16%5]...)
		b = append(b, byte(x>>24), byte(x>>13))
	}
	return b[:n]
}
