package xz

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

// header makes a block header from flags and fields.
func header(flags byte, fields ...byte) []byte {
	b := append([]byte{0, flags}, fields...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	b[0] = byte(len(b) / 4)
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// file makes the beginning of a file from a check, a block header and data.
func file(check Check, block ...byte) []byte {
	b := append([]byte(headerMagic), 0, byte(check))
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b[6:]))
	return append(b, block...)
}

func TestBlockHeader(t *testing.T) {
	huge := binary.AppendUvarint(nil, 1<<62)
	for _, tt := range []struct {
		name string
		src  []byte
		kind error
		text string
	}{
		{"check 2", file(2), ErrUnsupported, "check 0x2"},
		{"unknown filter", file(1, header(1, 0x7E, 0, 0x21, 1, 16)...), ErrUnsupported, ": filter 0x7E"},
		{"five filters", file(1, header(7, 4, 0, 4, 0, 4, 0, 4, 0, 0x21, 1, 16)...), ErrUnsupported, "block flags"},
		{"unaligned arm", file(1, header(1, 0x07, 4, 2, 0, 0, 0, 0x21, 1, 16)...), ErrUnsupported, "of filter arm"},
		{"unaligned ia64", file(1, header(1, 0x06, 4, 8, 0, 0, 0, 0x21, 1, 16)...), ErrUnsupported, "of filter ia64"},
		{"odd riscv", file(1, header(1, 0x0B, 4, 1, 0, 0, 0, 0x21, 1, 16)...), ErrUnsupported, "of filter riscv"},
		{"short start", file(1, header(1, 0x05, 1, 4, 0x21, 1, 16)...), ErrUnsupported, "properties of filter powerpc"},
		{"delta without distance", file(1, header(1, 0x03, 0, 0x21, 1, 16)...), ErrUnsupported, "properties of filter delta"},
		{"delta last", file(1, header(1, 0x04, 0, 0x03, 1, 0)...), ErrUnsupported, "filter delta in this place"},
		{"x86 alone", file(1, header(0, 0x04, 0)...), ErrUnsupported, "filter x86 in this place"},
		{"lzma2 twice", file(1, header(1, 0x21, 1, 16, 0x21, 1, 16)...), ErrUnsupported, "filter lzma2 in this place"},
		{"huge dictionary", file(1, header(0, 0x21, 1, 41)...), ErrUnsupported, "properties of filter lzma2"},
		{"no dictionary", file(1, header(0, 0x21, 0)...), ErrUnsupported, "properties of filter lzma2"},
		{"long properties", file(1, header(0, 0x21, 100, 1)...), ErrCorrupt, "does not fit"},
		{"reserved flags", file(1, header(0x04, 0x21, 1, 16)...), ErrUnsupported, "block flags"},
		{"more fields", file(1, header(0, 0x21, 1, 16, 0, 0, 1)...), ErrUnsupported, "block header fields"},
		{"no compressed data", file(1, header(0x40, 0, 0x21, 1, 16)...), ErrCorrupt, "no compressed data"},
		{"malformed number", file(1, header(0x40, 0x80, 0, 0x21, 1, 16)...), ErrCorrupt, "malformed"},
		{"claims 2^62 bytes", file(0, append(header(0x80, append(huge, 0x21, 1, 16)...), 0)...), ErrCorrupt, "size of the data"},
		{"claims 2^62 compressed", file(0, append(header(0x40, append(huge, 0x21, 1, 16)...), 0)...), ErrCorrupt, "compressed data"},
		{"claims too little", file(0, append(header(0x80, 1, 0x21, 1, 16), 1, 0, 1, 'a', 'b', 0)...), ErrCorrupt, "more data than its header says"},
		{"no dictionary reset", file(0, append(header(0, 0x21, 1, 16), 2, 0, 0, 'a', 0)...), ErrCorrupt, "reset"},
		{"no properties", file(0, append(header(0, 0x21, 1, 16), 1, 0, 0, 'a', 0x80, 0, 0, 0, 0, 0)...), ErrCorrupt, "reset"},
		{"lc + lp = 5", file(0, append(header(0, 0x21, 1, 16), 0xE0, 0, 0, 0, 5, 9+4, 0, 0, 0, 0, 0, 0)...), ErrCorrupt, "reset"},
		{"pb = 5", file(0, append(header(0, 0x21, 1, 16), 0xE0, 0, 0, 0, 5, 225, 0, 0, 0, 0, 0, 0)...), ErrCorrupt, "reset"},
		{"unknown chunk", file(0, append(header(0, 0x21, 1, 16), 3, 0, 0, 0)...), ErrCorrupt, "unknown kind"},
	} {
		got, err := Decode(nil, tt.src, 1<<40)
		if got != nil || !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: error %v, want %v with %q", tt.name, err, tt.kind, tt.text)
		}
	}
}

func TestNotXZ(t *testing.T) {
	for _, src := range []string{"", "\x7fELF", "\x1f\x8b\x08", "\xFD7zXY\x00aaaaaaaaaaaa"} {
		for name, call := range map[string]func() error{
			"Decode":  func() error { _, err := Decode(nil, []byte(src), 10); return err },
			"Size":    func() error { _, err := Size([]byte(src)); return err },
			"Inspect": func() error { _, err := Inspect([]byte(src)); return err },
		} {
			if err := call(); !errors.Is(err, ErrFormat) {
				t.Errorf("%s(%q): error %v", name, src, err)
			}
		}
	}
}

func TestUnsupportedIsStandard(t *testing.T) {
	_, err := Decode(nil, file(2), 10)
	var typed *Error
	if !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &typed) || typed.Offset != 7 {
		t.Errorf("got %#v", err)
	}
	if got, want := err.Error(), "unsupported xz file: check 0x2 at offset 7"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
