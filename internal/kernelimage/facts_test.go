package kernelimage_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestFacts: what a kernel was made of comes out, for every kind and however it is packed.
func TestFacts(t *testing.T) {
	n := 0
	for name, k := range modtest.KernelKinds() {
		image := k.Build()
		if n++; n%16 == 0 {
			packed := pack(t, "gzip", image)
			checkFacts(t, name+", bzImage", k, modtest.BZImage(packed))
			checkFacts(t, name+", zboot", k, modtest.Zboot("gzip", packed))
			checkFacts(t, name+", within a program", k, modtest.Wrapped(packed))
			checkFacts(t, name+", as a whole", k, packed)
		}
		checkFacts(t, name, k, image)
	}
}

func checkFacts(t *testing.T, name string, k *modtest.KernelImage, image []byte) {
	t.Helper()
	m, err := kernelimage.Load(bytes.NewReader(image), int64(len(image)), 1<<20)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if got := m.Release(); got != k.Release {
		t.Errorf("%s: release %q", name, got)
	}
	if got, want := m.Vermagic(), k.Release+" "+k.Vermagic; got != want {
		t.Errorf("%s: vermagic %q, want %q", name, got, want)
	}
	if k.Form == modtest.KernelBare && k.BigEndian { // the byte order is not known
		return
	}
	if got := m.BuildID(); !bytes.Equal(got, k.BuildID) {
		t.Errorf("%s: build id %x, want %x", name, got, k.BuildID)
	}
}

// TestFactsMissing: a kernel may have neither, and has not what is another's.
func TestFactsMissing(t *testing.T) {
	for name, form := range map[string]modtest.KernelForm{"sections": modtest.KernelSections, "bare": modtest.KernelBare} {
		k := &modtest.KernelImage{Form: form}
		image := k.Build()
		m, err := kernelimage.Load(bytes.NewReader(image), int64(len(image)), 1<<20)
		if err != nil || m.Vermagic() != "" || m.BuildID() != nil {
			t.Errorf("%s: %q, %x, %v", name, m.Vermagic(), m.BuildID(), err)
		}
	}
}

// memoryWith is the memory of a kernel 6.1 with something behind the banner.
func memoryWith(t *testing.T, content string) *kernelimage.Memory {
	t.Helper()
	image := modtest.Kernel("6.1", []byte(content))
	m, err := kernelimage.Load(bytes.NewReader(image), int64(len(image)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestVermagic(t *testing.T) {
	for content, want := range map[string]string{
		"\x006.1 SMP mod_unload \x00":                         "6.1 SMP mod_unload ",
		"\x006.1 mod_unload\x00":                              "6.1 mod_unload",
		"\x006.1 preempt \x00":                                "6.1 preempt ",
		"\x006.1 preempt_rt \x00":                             "6.1 preempt_rt ",
		"\x006.1 modversions aarch64\x00":                     "6.1 modversions aarch64",
		"\x006.1 \x00":                                        "6.1 ",
		"\x006.1\x00":                                         "",
		"\x006.1 SMP \n\x00":                                  "",
		"\x006.1 SMP \x1b[1m\x00":                             "",
		"\x006.1 SMPX\x00":                                    "",
		"\x006.1 is not one\x00\x006.1 SMP \x00":              "6.1 SMP ",
		"6.1 SMP \x00":                                        "",
		"\x006.10 SMP \x00":                                   "",
		"\x006.1 SMP ":                                        "",
		"\x006.1 SMP \x006.1 mod_unload \x00":                 "6.1 SMP ",
		"\x006.1 " + strings.Repeat("x", 502) + " SMP\x00":    "6.1 " + strings.Repeat("x", 502) + " SMP",
		"\x006.1 " + strings.Repeat("x", 504) + " SMP\x00":    "",
		"\x006.1 \x006.1 \x006.1 SMP \x00":                    "6.1 ",
		"\x006.1 " + strings.Repeat("y\x006.1 n", 9) + "\x00": "",
	} {
		if got := memoryWith(t, "x"+content).Vermagic(); got != want {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
}

// note is a note with a build id.
func note(order binary.AppendByteOrder, id string) string {
	var b []byte
	for _, n := range []uint32{4, uint32(len(id)), 3} {
		b = order.AppendUint32(b, n)
	}
	return string(b) + "GNU\x00" + id
}

// TestBuildIDSearch: the note is the first that does not lie less than 64 KiB behind an
// ELF header.
func TestBuildIDSearch(t *testing.T) {
	const own, other, far = "a build id of twenty", "another build id, 20", 64 << 10
	elf := "\x7fELF" + note(le, other)
	gap := func(n int) string { return strings.Repeat("\x00", n) }
	for _, test := range []struct{ name, content, want string }{
		{"alone", note(le, own), own},
		{"two", note(le, own) + note(le, other), own},
		{"before a program", note(le, own) + elf, own},
		{"far behind a program", elf + gap(far) + note(le, own), own},
		{"near behind a program", elf + gap(far-100) + note(le, own), ""},
		{"as far as counts", "\x7fELF" + gap(far-4) + note(le, own), ""},
		{"a byte farther", "\x7fELF" + gap(far-3) + note(le, own), own},
		{"between programs", elf + gap(far) + note(le, own) + elf, own},
		{"behind two programs", elf + elf + gap(far) + note(le, own), own},
		{"behind two, near the second", elf + gap(far-10) + elf + gap(20) + note(le, own), ""},
		{"of another length", note(le, own+"!"), ""},
		{"of the other byte order", note(be, own), ""},
		{"cut", note(le, own)[:35], ""},
		{"none", "", ""},
	} {
		if got := memoryWith(t, test.content).BuildID(); string(got) != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// The byte orders.
var le, be binary.AppendByteOrder = binary.LittleEndian, binary.BigEndian
