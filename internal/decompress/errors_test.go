package decompress

import (
	"errors"
	"io"
	"testing"
)

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{tooLarge(XZ, 1<<20), "xz data decompresses to more than the limit of 1048576 bytes"},
		{corrupt(Gzip, io.EOF), "gzip data is corrupt: it ends too early"},
		{corrupt(LZ4, errors.New("lz4: bad magic number")), "lz4 data is corrupt: bad magic number"},
		{corrupt(Zstd, nil), "zstd data is corrupt: no reason is known"},
		{trailing(Zstd, 12), "zstd data is corrupt: something else follows it at offset 12"},
		{unsupported(Zstd, errors.New("x")), "zstd data uses a feature that is not supported: x"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestErrorIs(t *testing.T) {
	if err := unsupported(XZ, io.EOF); !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, io.EOF) {
		t.Errorf("%v does not wrap its kind and cause", err)
	}
	if err := corrupt(XZ, io.EOF); !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrTooLarge) {
		t.Errorf("%v is of the wrong kind", err)
	}
}
