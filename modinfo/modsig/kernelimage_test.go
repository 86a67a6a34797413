package modsig_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/test/signtest"
	"github.com/gokmod/gokmod/modinfo"
	"github.com/gokmod/gokmod/modinfo/modsig"
)

// The byte orders of kernels.
var le, be binary.AppendByteOrder = binary.LittleEndian, binary.BigEndian

// certList is a list of certificates as laid out in a kernel.
type certList struct {
	list    []byte
	room    int // for one more certificate, followed by a number of four bytes
	used    int // that number: how much of the room is used
	align   int // of the list and each number, 0 for 8
	numbers []int
	bits    int // of the numbers, 0 for 64
	order   binary.AppendByteOrder
}

func (c certList) in(kernel []byte) []byte {
	c.align, c.bits = max(c.align, 8), max(c.bits, 32)
	kernel = bytes.Clone(kernel)
	pad := func() { kernel = append(kernel, make([]byte, -len(kernel)&(c.align-1))...) }
	pad()
	kernel = append(kernel, c.list...)
	if c.room > 0 {
		kernel = append(kernel, make([]byte, c.room)...)
		kernel = append(kernel, make([]byte, -len(kernel)&3)...)
		kernel = c.order.AppendUint32(kernel, uint32(c.used))
	}
	for i, n := range c.numbers {
		if i == 0 || c.align > 8 {
			pad()
		}
		if c.bits == 64 {
			kernel = c.order.AppendUint64(kernel, uint64(n))
		} else {
			kernel = c.order.AppendUint32(kernel, uint32(n))
		}
	}
	return append(kernel, "what follows in the kernel"...)
}

// certKernels are the kernels of the tests, with nothing else: a new one, and
// one of a version before there was a second number.
var (
	newKernel = modtest.Kernel("6.1.0-test", make([]byte, 10_000))
	oldKernel = modtest.Kernel("5.10.0-test", make([]byte, 10_000))
)

// TestKernelCertificatesLayouts: the list is found on machines of either byte order
// and word size, whatever is between it and its numbers.
func TestKernelCertificatesLayouts(t *testing.T) {
	own := signtest.NewKey(t, signtest.P384, "own", nil).Cert.Raw
	added := signtest.NewKey(t, signtest.P256, "added", nil).Cert.Raw
	list := append(bytes.Clone(own), added...)
	padded := (len(list) + 255) &^ 255
	for _, order := range []binary.AppendByteOrder{le, be} {
		for _, bits := range []int{32, 64} {
			for name, c := range map[string]certList{
				"plain":                             {},
				"aligned to 256":                    {align: 256},
				"room for more":                     {room: 4096},
				"room for more, aligned to 256":     {room: 4096, align: 256},
				"one more":                          {room: 1000, used: len(added)},
				"one more, aligned to 256":          {room: 1000, used: len(added), align: 256},
				"counts the alignment, as for mips": {align: 256, numbers: []int{padded, len(own)}},
			} {
				c.list, c.order, c.bits = list, order, bits
				if c.numbers == nil {
					c.numbers = []int{len(list), len(own)}
				}
				name = fmt.Sprintf("%s, %d bits, %v", name, bits, order)
				checkCertificates(t, name, c.in(newKernel), "CN=own CN=added", nil)
				c.numbers = c.numbers[:1]
				checkCertificates(t, name+", one number", c.in(oldKernel), "CN=own CN=added", nil)
				// In newer kernels the list of revoked ones has one number.
				checkCertificates(t, name+", one number in a new kernel", c.in(newKernel), "", modsig.ErrNoCertificate)
			}
		}
	}
}

func checkCertificates(t *testing.T, name string, image []byte, want string, wantErr error) {
	t.Helper()
	got, err := modsig.KernelCertificates(bytes.NewReader(image), int64(len(image)))
	var failed *modsig.Error
	if subjects(got) != want || !errors.Is(err, wantErr) || err != nil && !errors.As(err, &failed) {
		t.Errorf("%s: got %q, %v", name, subjects(got), err)
	}
}

func TestKernelCertificates(t *testing.T) {
	own := signtest.NewKey(t, signtest.P384, "own", nil).Cert.Raw
	added := signtest.NewKey(t, signtest.P256, "added", nil).Cert.Raw
	revoked := signtest.NewKey(t, signtest.P256, "revoked", nil).Cert.Raw
	list := append(bytes.Clone(own), added...)
	const beginning = "\xa0\x03\x02\x01\x02\x02" // of a certificate
	begun := func(n int) []byte { return append(bytes.Clone(newKernel), bytes.Repeat([]byte(beginning), n)...) }

	with := func(list []byte, numbers ...int) certList {
		return certList{list: list, numbers: numbers, bits: 64, order: le}
	}
	// The length of a list of revoked certificates follows it, but not that of
	// the first one; a certificate for the kernel's own tests has neither.
	decoys := func(kernel []byte) []byte {
		kernel = with(revoked, len(revoked), 0).in(kernel)
		return append(append(kernel, beginning...), revoked...)
	}
	one := with(own, len(own), len(own))
	for _, test := range []struct {
		name  string
		image []byte
		want  string
	}{
		{"one", one.in(newKernel), "CN=own"},
		{"both of its own", with(list, len(list), len(list)).in(newKernel), "CN=own CN=added"},
		{"behind others", one.in(decoys(newKernel)), "CN=own"},
		{"right behind others", with(append(bytes.Clone(revoked), list...), len(list), len(own)).in(newKernel),
			"CN=own CN=added"},
		{"two numbers in an old kernel, after others", one.in(decoys(oldKernel)), "CN=own"},
		{"one number, before others", decoys(with(list, len(list)).in(oldKernel)), "CN=own CN=added"},
		{"behind many beginnings", one.in(begun(200)), "CN=own"},
		{"after too many beginnings", one.in(begun(300)), ""},
		{"none", with(list, 0, 0).in(newKernel), ""},
		{"first is none", with(list, len(list), 0).in(newKernel), ""},
		{"only others", decoys(newKernel), ""},
		{"length differs", with(list, len(list)+8, len(own)).in(newKernel), ""},
		{"first differs", with(list, len(list), len(added)).in(newKernel), ""},
		{"one number, length differs", with(list, len(list)+8).in(oldKernel), ""},
		{"nothing behind", append(bytes.Clone(oldKernel), own...), ""},
		{"no certificate at all", newKernel, ""},
		{"too much room", certList{list: list, numbers: []int{len(list), len(own)},
			room: 2 << 20, bits: 64, order: le}.in(newKernel), ""},
		{"aligned, but not the list's", certList{list: list, numbers: []int{len(list), len(added)},
			room: 4096, align: 256, bits: 64, order: le}.in(newKernel), ""},
	} {
		var wantErr error
		if test.want == "" {
			wantErr = modsig.ErrNoCertificate
		}
		checkCertificates(t, test.name, test.image, test.want, wantErr)
	}
}

// TestKernelCertificatesPacked: certificates are found in a packed kernel, and if
// it cannot be unpacked, the error does not claim that there are none.
func TestKernelCertificatesPacked(t *testing.T) {
	own := signtest.NewKey(t, signtest.P256, "own", nil).Cert.Raw
	kernel := certList{list: own, numbers: []int{len(own), len(own)}, bits: 64, order: be}.in(newKernel)
	packed, bare := compress(t, kernel), compress(t, newKernel)
	for name, image := range map[string][]byte{
		"bzImage": modtest.BZImage(packed), "zboot": modtest.Zboot("gzip", packed),
		"within a program": modtest.Wrapped(packed), "as a whole": packed,
	} {
		checkCertificates(t, name, image, "CN=own", nil)
	}
	checkCertificates(t, "none", modtest.Wrapped(bare), "", modsig.ErrNoCertificate)
	whole := modtest.Vmlinux(kernel, 64, le)
	checkCertificates(t, "not packed", whole, "CN=own", nil)
	for name, image := range map[string][]byte{
		"cut, not packed": whole[:len(whole)-len(own)-16],
		"broken":          modtest.BZImage([]byte("\x1f\x8bnot gzip")),
		"another format":  modtest.Zboot("lzma", []byte("lzma")),
		"cut":             modtest.Wrapped(packed[:len(packed)-6]), "not a kernel": own, "empty": nil,
	} {
		checkCertificates(t, name, image, "", modsig.ErrKernelImage)
		_, err := modsig.KernelCertificates(bytes.NewReader(image), int64(len(image)))
		if errors.Is(err, modsig.ErrNoCertificate) || (name == "another format") != errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBuiltinSizes: certificates of all sizes are found, whatever their headers take, up
// to 64 KiB.
func TestBuiltinSizes(t *testing.T) {
	small := len(smallCertificate(t, 0).encode(nil))
	for _, key := range []int{0, 1, 10, 20, 30, 40, 60, 100, 120, 140, 160, 200, 256, 300, 65536 - 12 - small,
		65536 + 100} {
		cert := smallCertificate(t, key)
		// Serial numbers differ in length.
		cert.children[0].children[1].value = []byte{1, 2, 3, 4, 5, 6, 7, 8}
		raw := cert.encode(nil)
		list := append(bytes.Clone(raw), raw...)
		c := certList{list: list, numbers: []int{len(list), len(raw)}, bits: 64, order: le}
		image := c.in(newKernel)
		certs, err := modsig.KernelCertificates(bytes.NewReader(image), int64(len(image)))
		if len(raw) > 64<<10 {
			if !errors.Is(err, modsig.ErrNoCertificate) {
				t.Errorf("%d bytes: %d, %v", len(raw), len(certs), err)
			}
		} else if err != nil || len(certs) != 2 || !bytes.Equal(certs[1].Raw, raw) {
			t.Errorf("%d bytes: %d, %v", len(raw), len(certs), err)
		}
	}
}

// TestKernelSize: an image may say to have 512 MiB.
func TestKernelSize(t *testing.T) {
	for size, want := range map[int64]error{4: modsig.ErrKernelImage, 512 << 20: modsig.ErrKernelImage,
		512<<20 + 1: modinfo.ErrTooLarge} {
		_, err := modsig.KernelCertificates(bytes.NewReader([]byte("text")), size)
		if !errors.Is(err, want) || want == modinfo.ErrTooLarge && !strings.Contains(err.Error(),
			"more than the limit of 536870912 bytes") {
			t.Errorf("%d: %v", size, err)
		}
	}
}

// TestCertificatesIn: the certificates of a kernel that is open, in any of its segments,
// more than once, and after it was closed.
func TestCertificatesIn(t *testing.T) {
	own := signtest.NewKey(t, signtest.P256, "own", nil).Cert.Raw
	image := certList{list: own, numbers: []int{len(own), len(own)}, bits: 64, order: le}.in(newKernel)
	for name, image := range map[string][]byte{"bare": image, "vmlinux": modtest.Vmlinux(image, 64, le),
		"bzImage": modtest.BZImage(compress(t, image))} {
		k, err := modinfo.NewKernel(bytes.NewReader(image), int64(len(image)), nil)
		if err != nil {
			t.Fatal(err)
		}
		first, err := modsig.CertificatesIn(k)
		if err != nil || subjects(first) != "CN=own" {
			t.Errorf("%s: %q, %v", name, subjects(first), err)
		}
		again, err := modsig.CertificatesIn(k)
		if err != nil || subjects(again) != "CN=own" {
			t.Errorf("%s, again: %q, %v", name, subjects(again), err)
		}
		for _, contents := range k.Segments() {
			clear(contents)
		}
		if err := k.Close(); err != nil || subjects(first) != "CN=own" || !bytes.Equal(first[0].Raw, own) {
			t.Errorf("%s: after it was closed: %q, %v", name, subjects(first), err)
		}
	}
	k, err := modinfo.NewKernel(bytes.NewReader(newKernel), int64(len(newKernel)), nil)
	if err != nil {
		t.Fatal(err)
	}
	certs, err := modsig.CertificatesIn(k)
	var failed *modsig.Error
	if certs != nil || !errors.Is(err, modsig.ErrNoCertificate) || !errors.As(err, &failed) {
		t.Errorf("a kernel without any: %q, %v", subjects(certs), err)
	}
}
