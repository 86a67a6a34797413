package modinfo_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// TestDecompress: a file that is not compressed is its own image.
func TestDecompress(t *testing.T) {
	plain := modtest.Named("a", nil, nil).Build()
	packed := modtest.StoredXZ(plain)
	for name, file := range map[string][]byte{"plain": plain, "packed": packed} {
		got, err := modinfo.Decompress(file, nil)
		if err != nil || !bytes.Equal(got, plain) || (&got[0] == &file[0]) != (name == "plain") {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		_, err = modinfo.Decompress(file, &modinfo.Config{MaxSize: int64(len(plain)) - 1})
		if !errors.Is(err, modinfo.ErrTooLarge) || errors.Is(err, modinfo.ErrFormat) {
			t.Errorf("%s, beyond the limit: %v", name, err)
		}
	}
	if _, err := modinfo.Decompress(packed[:len(packed)-1], nil); !errors.Is(err, modinfo.ErrFormat) {
		t.Errorf("cut off: %v", err)
	}
}
