package ksymtab

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// memoryOf is a little-endian memory with one part.
func memoryOf(word int, addr uint64, data []byte) *kernelimage.Memory {
	return &kernelimage.Memory{Order: binary.LittleEndian, Word: word, Parts: []kernelimage.Part{{Addr: addr, Data: data}}}
}

func TestIsSymbol(t *testing.T) {
	for _, name := range []string{"a", "_", "Z", "z9", "_0", "A.1", "$x", ".TOC.", "printk"} {
		if !isSymbol([]byte(name)) {
			t.Errorf("%q is not a name", name)
		}
	}
	for _, name := range []string{"", "0", "9a", "a b", "a-b", "a\x01", "a/",
		"a:", "a@", "a[", "a`", "a{", "-", "\xff", "é"} {
		if isSymbol([]byte(name)) {
			t.Errorf("%q is a name", name)
		}
	}
}

func TestIsNamespace(t *testing.T) {
	for _, text := range []string{"", "USB_STORAGE", "module:kvm-intel,kvm*", " ~"} {
		if !isNamespace([]byte(text)) {
			t.Errorf("%q is not a namespace", text)
		}
	}
	for _, text := range []string{"\x1f", "a\x7f", "a\nb", "\xff", "é"} {
		if isNamespace([]byte(text)) {
			t.Errorf("%q is a namespace", text)
		}
	}
	if isNamespace(nil) {
		t.Error("nothing is a namespace")
	}
}

// TestSymbolAt: a name has less than maxName bytes, and an end.
func TestSymbolAt(t *testing.T) {
	for n, want := range map[int]bool{1: true, maxName - 1: true, maxName: false} {
		name := strings.Repeat("n", n)
		m := memoryOf(8, 0x1000, []byte("\x00"+name+"\x00"))
		if got := string(symbolAt(m, 0x1001)); (got == name) != want || !want && got != "" {
			t.Errorf("%d bytes: %d", n, len(got))
		}
		for _, addr := range []uint64{0, 0xfff, 0x1000, 0x1001 + uint64(n), 0x1002 + uint64(n)} {
			if got := symbolAt(m, addr); got != nil {
				t.Errorf("%d bytes: %q at %#x", n, got, addr)
			}
		}
	}
	if got := symbolAt(memoryOf(8, 0, []byte("endless")), 0); got != nil {
		t.Errorf("%q", got)
	}
}
