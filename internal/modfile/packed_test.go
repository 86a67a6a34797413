package modfile

import (
	"bytes"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
)

// TestReadPacked: a file is read unchanged, into existing memory if that suffices.
func TestReadPacked(t *testing.T) {
	mem := make([]byte, 10, len(packed))
	for _, r := range []io.Reader{bytes.NewReader(packed), iotest.HalfReader(bytes.NewReader(packed))} {
		got, err := ReadPacked(mem, r, int64(len(packed)))
		if err != nil || !bytes.Equal(got, packed) || &got[0] != &mem[0] {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	got, err := ReadPacked(nil, bytes.NewReader(packed), int64(len(packed)))
	if err != nil || !bytes.Equal(got, packed) || cap(got) < len(packed)+len(packed)/4 {
		t.Errorf("%d bytes of %d, %v", len(got), cap(got), err)
	}
	for name, test := range map[string]struct {
		from io.Reader
		want string
		err  error
	}{
		"longer now": {strings.NewReader("123456"), "12345", nil},
		"shorter":    {strings.NewReader("123"), "123", nil},
		"empty":      {strings.NewReader(""), "", nil},
		"failing":    {iotest.ErrReader(&fs.PathError{Op: "read", Path: "a", Err: syscall.EIO}), "", syscall.EIO},
	} {
		if got, err := ReadPacked(nil, test.from, 5); string(got) != test.want || err != test.err {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestExpectedSize(t *testing.T) {
	if got := ExpectedSize(packed); got != int64(len(content)) {
		t.Errorf("%d bytes, want %d", got, len(content))
	}
	if got := ExpectedSize(packed[:100]); got != 7*100+64<<10 {
		t.Errorf("%d bytes of a file that does not say", got)
	}
}
