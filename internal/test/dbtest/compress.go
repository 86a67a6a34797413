package dbtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// Encoders pack modules, by the extension of the file.
var Encoders = map[string]func(io.Writer) (io.WriteCloser, error){
	"gz":  func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	"zst": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
	"lz4": func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil },
	"xz":  func(w io.Writer) (io.WriteCloser, error) { return xz.WriterConfig{CheckSum: xz.CRC32}.NewWriter(w) },
	"crc64.xz": func(w io.Writer) (io.WriteCloser, error) {
		return xz.WriterConfig{CheckSum: xz.CRC64}.NewWriter(w)
	},
	"arm64.xz": func(w io.Writer) (io.WriteCloser, error) { return filteredXZ{w, []byte{0x0A, 0}}, nil },
	"delta.xz": func(w io.Writer) (io.WriteCloser, error) { return filteredXZ{w, []byte{0x03, 1, 0xFF}}, nil },
}

// filteredXZ writes an .xz file with one filter before LZMA2: delta, or one for
// machine code, which the modules of package modtest do not contain.
type filteredXZ struct {
	w      io.Writer
	filter []byte
}

func (f filteredXZ) Write(b []byte) (int, error) {
	data := bytes.Clone(b)
	if f.filter[0] == 0x03 {
		for distance, i := int(f.filter[2])+1, len(b)-1; i >= distance; i-- {
			data[i] -= b[i-distance]
		}
	}
	if _, err := f.w.Write(modtest.StoredXZ(data, f.filter...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (f filteredXZ) Close() error { return nil }

// Compress packs data as a file with the given extension.
func Compress(t testing.TB, ext string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := Encoders[ext](&b)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
