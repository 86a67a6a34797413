package decompress

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/gokmod/gokmod/internal/xz"
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
		{trailing(Zstd, 12), "zstd data is corrupt: other data follows it at offset 12"},
		{unsupported(Zstd, errors.New("x")), "zstd data uses a feature that is not supported: x"},
		{tooLarge(None, 5), "the file alone has more than the limit of 5 bytes"},
		{corrupt(None, io.EOF), "the file ends too early"},
		{corrupt(Zstd, io.ErrUnexpectedEOF), "zstd data is corrupt: it ends too early"},
		{corrupt(Gzip, errors.New("gzip: flate: lz4: zstd: odd")), "gzip data is corrupt: odd"},
		{corrupt(Gzip, errors.New("odd gzip: data")), "gzip data is corrupt: odd gzip: data"},
		{corrupt(XZ, &xz.Error{Offset: 12, Reason: "it is odd"}), "xz data is corrupt: it is odd at offset 12"},
		{unsupported(XZ, nil), "xz data uses a feature that is not supported: no reason is known"},
		{ErrUnsupported, "compression feature is not supported: unsupported operation"},
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

// TestErrorWraps: an error wraps its kind, and its cause where there is one.
func TestErrorWraps(t *testing.T) {
	cause := errors.New("cause")
	for _, test := range []struct {
		err  error
		want []error
	}{
		{tooLarge(Gzip, 1), []error{ErrTooLarge}}, {corrupt(Gzip, nil), []error{ErrCorrupt}},
		{corrupt(Gzip, cause), []error{ErrCorrupt, cause}}, {corrupt(Gzip, io.EOF), []error{ErrCorrupt, io.ErrUnexpectedEOF}},
		{unsupported(Gzip, cause), []error{ErrUnsupported, cause}},
	} {
		if got := test.err.(*Error).Unwrap(); !slices.Equal(got, test.want) {
			t.Errorf("%v wraps %v, want %v", test.err, got, test.want)
		}
	}
}

// TestErrorsOfXZ: each kind of failure of xz data is one of this package's.
func TestErrorsOfXZ(t *testing.T) {
	if err := xzError(nil, 5); err != nil {
		t.Errorf("none is %v", err)
	}
	for cause, want := range map[error]error{
		xz.ErrLimit: ErrTooLarge, xz.ErrUnsupported: ErrUnsupported, io.EOF: ErrCorrupt, io.ErrUnexpectedEOF: ErrCorrupt,
	} {
		var typed *Error
		if err := xzError(cause, 5); !errors.As(err, &typed) || typed.Kind != want || typed.Codec != XZ ||
			typed.Limit != map[bool]int64{true: 5}[want == ErrTooLarge] {
			t.Errorf("%v is %+v", cause, err)
		}
	}
}

// TestErrorLimit: an error has the limit that counted, which is never below zero.
func TestErrorLimit(t *testing.T) {
	for _, e := range encoders {
		src := e.encode(t, []byte("ab"))
		for _, limit := range []int64{-5, 0, 1} {
			_, errBytes := Bytes(nil, src, limit)
			_, errPrefix := Prefix(nil, src, limit)
			for _, err := range []error{errBytes, errPrefix} {
				var typed *Error
				if errors.Is(err, ErrUnsupported) {
					continue
				}
				if !errors.As(err, &typed) || typed.Kind != ErrTooLarge || typed.Codec != e.codec || typed.Limit != max(limit, 0) {
					t.Errorf("%s, limit %d: %+v", e.name, limit, err)
				}
			}
		}
	}
	for _, limit := range []int64{-5, 0} {
		_, errBytes := Bytes(nil, []byte("a"), limit)
		_, errFile := File(nil, bytes.NewReader([]byte("a")), 1, limit)
		for _, err := range []error{errBytes, errFile} {
			var typed *Error
			if !errors.As(err, &typed) || *typed != (Error{Kind: ErrTooLarge}) {
				t.Errorf("limit %d: %+v", limit, err)
			}
		}
	}
}
