package kernelimage_test

import (
	"encoding/binary"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// twoParts is memory with two parts.
func twoParts(word int, order binary.ByteOrder, at uint64) *kernelimage.Memory {
	return &kernelimage.Memory{Order: order, Word: word, Parts: []kernelimage.Part{
		{Addr: at, Data: []byte("first\x00more")}, {Addr: at + 10, Data: []byte("second\x00")}}}
}

// TestMemoryFrom: a part ends where another begins.
func TestMemoryFrom(t *testing.T) {
	const at = 0xffffffff80000000
	m := twoParts(8, binary.LittleEndian, at)
	for off, want := range map[uint64]string{0: "first\x00more", 9: "e", 10: "second\x00", 16: "\x00",
		17: "", 1 << 20: ""} {
		if got := m.From(at + off); string(got) != want {
			t.Errorf("%d: %q", off, got)
		}
	}
	if got := m.From(at - 1); got != nil {
		t.Errorf("before it: %q", got)
	}
	if got := m.From(at & (1<<32 - 1)); got != nil {
		t.Errorf("with 32 bits of the address: %q", got)
	}
	short := twoParts(4, binary.LittleEndian, 0x80000000)
	if got := short.From(0xffffffff80000009); string(got) != "e" {
		t.Errorf("an address that was made larger: %q", got)
	}
	if n := m.Size(); n != 17 {
		t.Errorf("%d bytes", n)
	}
}

func TestMemorySpan(t *testing.T) {
	m := twoParts(8, binary.LittleEndian, 100)
	for _, test := range []struct {
		addr, n uint64
		want    string
	}{{100, 5, "first"}, {100, 10, "first\x00more"}, {100, 11, ""}, {109, 1, "e"}, {109, 2, ""}, {110, 7, "second\x00"},
		{110, 8, ""}, {117, 1, ""}, {99, 1, ""}, {100, 1 << 63, ""}, {100, ^uint64(0), ""}} {
		got := m.Span(test.addr, test.n)
		if string(got) != test.want || cap(got) != len(got) {
			t.Errorf("%d at %d: %q", test.n, test.addr, got)
		}
	}
}

func TestMemoryString(t *testing.T) {
	m := twoParts(8, binary.LittleEndian, 100)
	for _, test := range []struct {
		addr uint64
		most int
		want string
		ok   bool
	}{{100, 6, "first", true}, {100, 5, "", false}, {105, 1, "", true}, {106, 100, "", false}, {110, 100, "second", true},
		{116, 1, "", true}, {117, 1, "", false}, {110, 0, "", false}} {
		if got := m.String(test.addr, test.most); string(got) != test.want || (got != nil) != test.ok {
			t.Errorf("%d at %d: %q", test.most, test.addr, got)
		}
	}
}

func TestMemoryPointer(t *testing.T) {
	b := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	for _, test := range []struct {
		word  int
		order binary.ByteOrder
		want  uint64
	}{{4, binary.LittleEndian, 0x04030201}, {4, binary.BigEndian, 0x01020304},
		{8, binary.LittleEndian, 0x0807060504030201}, {8, binary.BigEndian, 0x0102030405060708}} {
		if got := twoParts(test.word, test.order, 0).Pointer(b); got != test.want {
			t.Errorf("%d bytes, %v: %#x", test.word, test.order, got)
		}
	}
}
