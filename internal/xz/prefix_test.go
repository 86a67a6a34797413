package xz

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ulikunitz/xz"
)

// TestDecodePrefix: one stream is decoded, whatever follows it.
func TestDecodePrefix(t *testing.T) {
	var b bytes.Buffer
	w, err := xz.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("content "), 1000)
	w.Write(content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed := b.Bytes()
	for name, src := range map[string][]byte{
		"alone":           packed,
		"before another":  append(bytes.Clone(packed), packed...),
		"before anything": append(bytes.Clone(packed), "anything"...),
	} {
		got, size, err := DecodePrefix(make([]byte, 5), src, int64(len(content)))
		if err != nil || !bytes.Equal(got, content) || size != len(packed) {
			t.Errorf("%s: %d bytes from %d of %d, %v", name, len(got), size, len(packed), err)
		}
	}
	got, size, err := DecodePrefix(nil, packed[:len(packed)-1], 1<<20)
	if !errors.Is(err, ErrCorrupt) || !bytes.Equal(got, content) || size < len(packed)-footerSize || size >= len(packed) {
		t.Errorf("cut: %d bytes from %d, %v", len(got), size, err)
	}
	if got, _, err := DecodePrefix(nil, packed, int64(len(content)-1)); !errors.Is(err, ErrLimit) ||
		len(got) >= len(content) {
		t.Errorf("above the limit: %d bytes, %v", len(got), err)
	}
	if _, size, err := DecodePrefix(nil, []byte("no"), 100); !errors.Is(err, ErrFormat) || size != 0 {
		t.Errorf("no stream: %d bytes read, %v", size, err)
	}
}
