package modfile

import (
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/gokmod/gokmod/internal/decompress"
)

// TestPacked: it is what Form says, and no more is read than the beginning.
func TestPacked(t *testing.T) {
	for name, data := range map[string]string{
		"empty": "", "short": "\x7f", "plain": "\x7fELF and more", "xz": "\xfd7zXZ\x00 and more", "gzip": "\x1f\x8b and more",
	} {
		f := NewBytes([]byte(data), 0)
		form, err := f.Form()
		if err != nil {
			t.Fatal(err)
		}
		if packed, err := f.Packed(); packed != form.Packed() || err != nil {
			t.Errorf("%s: %v, %v", name, packed, err)
		}
		read := 0
		if packed, err := New(counted{data, &read}, int64(len(data)), 0).Packed(); packed != form.Packed() || err != nil ||
			read > decompress.MagicSize {
			t.Errorf("%s: %v, %v after %d bytes", name, packed, err, read)
		}
	}
	if _, err := New(broken{}, 10, 0).Packed(); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

// counted counts the bytes that are read of a text.
type counted struct {
	text string
	read *int
}

func (c counted) ReadAt(b []byte, off int64) (int, error) {
	n := copy(b, c.text[min(int(off), len(c.text)):])
	if *c.read += n; n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, iotest.ErrTimeout }
