package trailer_test

import (
	"bytes"
	"testing"

	"github.com/gokmod/gokmod/internal/trailer"
)

// fields are a trailer in which every byte differs from the others.
var fields = trailer.Trailer{Algorithm: 1, Hash: 2, Kind: 3, SignerLen: 4, KeyIDLen: 5,
	Padding: [3]byte{6, 7, 8}, SignatureLen: 0x090a0b0c}

const written = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c~Module signature appended~\n"

// TestLayout: every field is where the kernel documents it.
func TestLayout(t *testing.T) {
	if trailer.Size != 40 || len(written) != 40 || trailer.PKCS7 != 2 {
		t.Errorf("the size is %d, PKCS#7 is %d", trailer.Size, trailer.PKCS7)
	}
	if got := fields.Append([]byte("signature")); string(got) != "signature"+written {
		t.Errorf("got %q", got)
	}
	if got := fields.Append(nil); string(got) != written {
		t.Errorf("alone: %q", got)
	}
	if got, ok := trailer.Parse([]byte(written)); !ok || got != fields {
		t.Errorf("got %+v, %v", got, ok)
	}
	if got, ok := trailer.Parse(trailer.Trailer{}.Append(nil)); !ok || got != (trailer.Trailer{}) {
		t.Errorf("empty: %+v, %v", got, ok)
	}
}

// TestUnused: PKCS#7 uses kind and length, and nothing else.
func TestUnused(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(t *trailer.Trailer)
		want bool
	}{
		"nothing":       {func(*trailer.Trailer) {}, true},
		"another kind":  {func(t *trailer.Trailer) { t.Kind = 255 }, true},
		"no length":     {func(t *trailer.Trailer) { t.SignatureLen = 0 }, true},
		"algorithm":     {func(t *trailer.Trailer) { t.Algorithm = 1 }, false},
		"hash":          {func(t *trailer.Trailer) { t.Hash = 4 }, false},
		"signer":        {func(t *trailer.Trailer) { t.SignerLen = 1 }, false},
		"key id":        {func(t *trailer.Trailer) { t.KeyIDLen = 1 }, false},
		"padding":       {func(t *trailer.Trailer) { t.Padding[0] = 1 }, false},
		"more padding":  {func(t *trailer.Trailer) { t.Padding[1] = 1 }, false},
		"last padding":  {func(t *trailer.Trailer) { t.Padding[2] = 1 }, false},
		"several":       {func(t *trailer.Trailer) { *t = fields }, false},
		"all but these": {func(t *trailer.Trailer) { *t = trailer.Trailer{} }, true},
	} {
		tr := trailer.Trailer{Kind: trailer.PKCS7, SignatureLen: 300}
		test.edit(&tr)
		before := tr
		if got := tr.Unused(); got != test.want || tr != before {
			t.Errorf("%s: %v, and left is %+v", name, got, tr)
		}
	}
}

// TestNoTrailer: only a whole trailer is accepted.
func TestNoTrailer(t *testing.T) {
	for n := range len(written) {
		for _, end := range []string{written[:n], written[n+1:]} {
			checkNone(t, end)
		}
	}
	checkNone(t, written+"\x00")
	checkNone(t, "\x00"+written)
	for at := 12; at < len(written); at++ {
		changed := []byte(written)
		changed[at]++
		checkNone(t, string(changed))
	}
}

func checkNone(t *testing.T, end string) {
	t.Helper()
	if got, ok := trailer.Parse([]byte(end)); ok || got != (trailer.Trailer{}) {
		t.Errorf("%q: taken for %+v", end, got)
	}
}

// FuzzParse: a trailer that was read is written back unchanged, without an
// allocation.
func FuzzParse(f *testing.F) {
	f.Add([]byte(written))
	f.Add([]byte(written[1:]))
	f.Fuzz(func(t *testing.T, end []byte) {
		got, ok := trailer.Parse(end)
		if ok != (len(end) == 40 && bytes.HasSuffix(end, []byte(written[12:]))) || ok && !bytes.Equal(got.Append(nil), end) {
			t.Fatalf("%q: %+v, %v", end, got, ok)
		}
		if n := testing.AllocsPerRun(1, func() { trailer.Parse(end) }); n > 0 {
			t.Fatalf("%q: %v allocations", end, n)
		}
	})
}
