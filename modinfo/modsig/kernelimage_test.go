package modsig_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gokmod/gokmod/internal/modtest"
	"github.com/gokmod/gokmod/internal/signtest"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// The byte orders of kernels.
var le, be binary.AppendByteOrder = binary.LittleEndian, binary.BigEndian

// certList writes a list of certificates as it stands in a kernel, at an offset
// that is a multiple of eight, with the two numbers behind it.
func certList(image []byte, list []byte, length, first int, bits int, order binary.AppendByteOrder) []byte {
	for len(image)%8 != 0 {
		image = append(image, 0x90)
	}
	image = append(image, list...)
	for len(image)%8 != 0 {
		image = append(image, 0)
	}
	for _, n := range []int{length, first} {
		if bits == 64 {
			image = order.AppendUint64(image, uint64(n))
		} else {
			image = order.AppendUint32(image, uint32(n))
		}
	}
	return append(image, "what follows in the kernel"...)
}

// spacedList is certList with room for one more certificate, and with numbers
// that are aligned to multiples of align.
func spacedList(image []byte, list []byte, length, first, room, used, align, bits int, order binary.AppendByteOrder) []byte {
	pad := func(multiple int) {
		for len(image)%multiple != 0 {
			image = append(image, 0)
		}
	}
	pad(align)
	image = append(image, list...)
	if room > 0 {
		image = append(image, make([]byte, room)...)
		image = order.AppendUint32(image, uint32(used))
	}
	for _, n := range []int{length, first} {
		pad(align)
		if bits == 64 {
			image = order.AppendUint64(image, uint64(n))
		} else {
			image = order.AppendUint32(image, uint32(n))
		}
	}
	return append(image, "what follows in the kernel"...)
}

func TestKernelCertificates(t *testing.T) {
	own := signtest.NewKey(t, signtest.P384, "own", nil).Cert.Raw
	added := signtest.NewKey(t, signtest.P256, "added", nil).Cert.Raw
	revoked := signtest.NewKey(t, signtest.P256, "revoked", nil).Cert.Raw
	list := append(bytes.Clone(own), added...)
	start := append([]byte("\x7fELF and so on"), make([]byte, 10000)...)

	// A list of revoked certificates has its length behind it, but not that of
	// the first one; a certificate for tests of the kernel itself has neither.
	decoys := certList(start, revoked, len(revoked), 0, 64, le)
	const beginning = "\xa0\x03\x02\x01\x02\x02" // of a certificate
	decoys = append(append(decoys, beginning...), revoked...)
	tests := []struct {
		name  string
		image []byte
		want  string
	}{
		{"64 bits", certList(start, list, len(list), len(own), 64, le), "CN=own CN=added"},
		{"64 bits, big-endian", certList(start, list, len(list), len(own), 64, be), "CN=own CN=added"},
		{"32 bits", certList(start, list, len(list), len(own), 32, le), "CN=own CN=added"},
		{"32 bits, big-endian", certList(start, list, len(list), len(own), 32, be), "CN=own CN=added"},
		{"aligned to 256", spacedList(start, list, len(list), len(own), 0, 0, 256, 64, le), "CN=own CN=added"},
		{"32 bits, aligned to 8", spacedList(start, list, len(list), len(own), 0, 0, 8, 32, le), "CN=own CN=added"},
		{"32 bits, aligned to 256", spacedList(start, list, len(list), len(own), 0, 0, 256, 32, be), "CN=own CN=added"},
		{"room for more", spacedList(start, list, len(list), len(own), 4096, 0, 8, 64, le), "CN=own CN=added"},
		{"room for more, big-endian", spacedList(start, list, len(list), len(own), 4096, 0, 8, 64, be), "CN=own CN=added"},
		{"room for more, 32 bits", spacedList(start, list, len(list), len(own), 4096, 0, 8, 32, be), "CN=own CN=added"},
		{"room for more, aligned to 256", spacedList(start, list, len(list), len(own), 4096, 0, 256, 64, le), "CN=own CN=added"},
		{"one more", spacedList(start, list, len(list), len(own), 1000, len(added), 8, 64, le), "CN=own CN=added"},
		{"one more, aligned to 256", spacedList(start, list, len(list), len(own), 1000, len(added), 256, 64, le), "CN=own CN=added"},
		{"too much room", spacedList(start, list, len(list), len(own), 2<<20, 0, 8, 64, le), ""},
		{"aligned, but not the list's", spacedList(start, list, len(list), len(added), 4096, 0, 256, 64, le), ""},
		{"one", certList(nil, own, len(own), len(own), 64, le), "CN=own"},
		{"both of its own", certList(nil, list, len(list), len(list), 64, le), "CN=own CN=added"},
		{"packed", modtest.BZImage(compress(t, certList(start, own, len(own), len(own), 64, le))), "CN=own"},
		{"packed as a whole", compress(t, certList(start, own, len(own), len(own), 64, le)), "CN=own"},
		{"behind others", certList(decoys, own, len(own), len(own), 64, le), "CN=own"},
		{"right behind others", certList(nil, append(bytes.Clone(revoked), list...), len(list), len(own), 64, le), "CN=own CN=added"},
		{"none", certList(nil, list, 0, 0, 64, le), ""},
		{"first is none", certList(nil, list, len(list), 0, 64, le), ""},
		{"only others", decoys, ""},
		{"behind many beginnings", certList(append(bytes.Clone(start), bytes.Repeat([]byte(beginning), 200)...), own, len(own), len(own), 64, le), "CN=own"},
		{"behind too many beginnings", certList(append(bytes.Clone(start), bytes.Repeat([]byte(beginning), 300)...), own, len(own), len(own), 64, le), ""},
		{"length differs", certList(start, list, len(list)+8, len(own), 64, le), ""},
		{"first differs", certList(start, list, len(list), len(added), 64, le), ""},
		{"nothing behind", append(make([]byte, 8), own...), ""},
		{"empty", nil, ""},
		{"broken", modtest.BZImage([]byte("\x1f\x8bnot gzip")), ""},
	}
	for _, test := range tests {
		got, err := modsig.KernelCertificates(bytes.NewReader(test.image), int64(len(test.image)))
		var failed *modsig.Error
		if subjects(got) != test.want || (err == nil) != (test.want != "") || err != nil && !errors.As(err, &failed) {
			t.Errorf("%s: got %q, %v", test.name, subjects(got), err)
		}
	}
}
