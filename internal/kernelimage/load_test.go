package kernelimage_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"math"
	"testing"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// load reads an image with a limit.
func load(image []byte, limit int64) (*kernelimage.Memory, error) {
	return kernelimage.Load(bytes.NewReader(image), int64(len(image)), limit)
}

// TestBesides: an image and its unpacked content have 1.1 times the limit
// together.
func TestBesides(t *testing.T) {
	for size, want := range map[int]int64{0: 1000, 99: 1000, 100: 1000, 101: 999, 1000: 100, 1100: 0, 1101: 0, 5000: 0} {
		if got := kernelimage.Besides(make([]byte, size), 1000); got != want {
			t.Errorf("an image of %d bytes leaves %d, want %d", size, got, want)
		}
	}
	if got := kernelimage.Besides(make([]byte, 5000), math.MaxInt64); got != math.MaxInt64 {
		t.Errorf("without a limit, an image leaves %d", got)
	}
}

// TestLoad: an ELF kernel lies where it says, with its tables; another is one part.
func TestLoad(t *testing.T) {
	for _, is32 := range []bool{false, true} {
		for _, big := range []bool{false, true} {
			k := &modtest.KernelImage{Is32: is32, BigEndian: big, Base: 0xc1234000, Machine: 183}
			m, err := load(k.Build(), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			word := 8
			if is32 {
				word = 4
			}
			if m.Machine != (kernelimage.Machine{Number: 183, Is64: !is32, BigEndian: big}) || m.Word != word ||
				(m.Order == binary.BigEndian) != big || m.Linked == nil || len(m.Parts) != 1 || m.Parts[0].Addr != 0xc1234000 {
				t.Errorf("%+v", m)
			}
			k.Form = modtest.KernelBare
			bare := k.Build()
			if !bytes.Equal(bare, m.Parts[0].Data) {
				t.Error("the contents are others")
			}
			m, err = load(bare, 1<<20)
			if err != nil || m.Machine != (kernelimage.Machine{Number: 183, Is64: true}) || m.Linked != nil || m.Word != 8 ||
				len(m.Parts) != 1 || m.Parts[0].Addr != 0 || !bytes.Equal(bare, m.Parts[0].Data) {
				t.Errorf("bare: %+v, %v", m.Machine, err)
			}
		}
	}
}

// TestLoadMachine: an image says its machine where the kernel in it does not.
func TestLoadMachine(t *testing.T) {
	packed := pack(t, "gzip", kernel)
	zImage := append(make([]byte, 0x40), packed...)
	binary.LittleEndian.PutUint32(zImage[0x24:], 0x016f2818)
	s390 := append(append(make([]byte, 0x10008), "S390EP"...), packed...)
	for name, test := range map[string]struct {
		image []byte
		want  kernelimage.Machine
		word  int
	}{
		"bzImage": {modtest.BZImage(packed), kernelimage.Machine{Number: 62, Is64: true}, 8},
		"zImage":  {zImage, kernelimage.Machine{Number: 40}, 4},
		"s390x":   {s390, kernelimage.Machine{Number: 22, Is64: true, BigEndian: true}, 8},
		"packed":  {packed, kernelimage.Machine{}, 8},
	} {
		m, err := load(test.image, 1<<20)
		if err != nil || m.Machine != test.want || m.Word != test.word ||
			(m.Order == binary.BigEndian) != test.want.BigEndian {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
	}
}

// TestLoadDebug: what an ELF kernel does not have in memory does not count.
func TestLoadDebug(t *testing.T) {
	k := &modtest.KernelImage{}
	image := append(k.Build(), make([]byte, 1<<20)...)
	if _, err := load(image, 200<<10); err != nil {
		t.Error(err)
	}
	if _, err := load(image, 60<<10); !errors.Is(err, decompress.ErrTooLarge) {
		t.Errorf("a small limit: %v", err)
	}
	if _, err := load(modtest.Kernel("6.1", make([]byte, 1<<20)), 1<<20); !errors.Is(err, decompress.ErrTooLarge) {
		t.Errorf("not ELF: %v", err)
	}
	got := modtest.Allocated(func() { load(image, 1<<20) })
	if got > 200<<10 {
		t.Errorf("%d KiB are allocated", got>>10)
	}
}

// TestLoadCut: an ELF kernel that ends before its contents do is cut, at every byte.
func TestLoadCut(t *testing.T) {
	for _, bits := range []int{32, 64} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			whole := modtest.Vmlinux(kernel, bits, order)
			if _, err := load(append(whole, "more"...), 1<<20); err != nil {
				t.Errorf("%d bits, %v: %v", bits, order, err)
			}
			start := len(whole) - len(kernel)
			for n := range whole {
				want := kernelimage.ErrCut
				if n < start { // there are no headers
					want = kernelimage.ErrUnknown
				}
				m, err := load(whole[:n:n], 1<<20)
				if !errors.Is(err, want) {
					t.Errorf("%d bits, %v: %d of %d bytes: %v, %v", bits, order, n, len(whole), m, err)
				}
			}
			cut := pack(t, "gzip", whole[:len(whole)-1])
			if _, err := load(cut, 1<<20); !errors.Is(err, kernelimage.ErrCut) {
				t.Errorf("%d bits, %v: cut and packed: %v", bits, order, err)
			}
		}
	}
}

// program is an ELF program of n bytes with these segments, each given by type, offset
// and size, and a kernel's banner at its end.
func program(bits int, order binary.ByteOrder, n int, segments ...[3]uint64) []byte {
	b := make([]byte, n)
	copy(b, "\x7fELF\x01\x01")
	table, counts, place, addr, size, step := 28, 42, 4, 8, 16, 32
	if bits == 64 {
		b[4], table, counts, place, addr, size, step = 2, 32, 54, 8, 16, 32, 56
	}
	if order.String() == binary.BigEndian.String() {
		b[5] = 2
	}
	put := func(b []byte, n uint64) {
		if bits == 64 {
			order.PutUint64(b, n)
		} else {
			order.PutUint32(b, uint32(n))
		}
	}
	order.PutUint16(b[16:], 2)
	put(b[table:], 64)
	order.PutUint16(b[counts:], uint16(step))
	order.PutUint16(b[counts+2:], uint16(len(segments)))
	for i, s := range segments {
		p := b[64+i*step:]
		order.PutUint32(p, uint32(s[0]))
		put(p[place:], s[1])
		put(p[addr:], 0x1000+s[1])
		put(p[size:], s[2])
	}
	copy(b[n-100:], "Linux version 6.1 (x)")
	return b
}

// TestLoadSegments: contents that end with the file are complete, and those that end one
// byte later are not. Those that overlap are nothing that a linker makes.
func TestLoadSegments(t *testing.T) {
	const n = 5000
	many := func(count int) [][3]uint64 {
		var list [][3]uint64
		for i := range count {
			list = append(list, [3]uint64{1, uint64(4000 + i), 1})
		}
		list[0] = [3]uint64{1, n - 100, 100}
		return list
	}
	for _, bits := range []int{32, 64} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, test := range []struct {
				name     string
				segments [][3]uint64
				parts    int // 0 for an image without headers
				err      error
			}{
				{"no segment", nil, 0, nil},
				{"to the end", [][3]uint64{{1, 0, n}}, 1, nil},
				{"a byte after the end", [][3]uint64{{1, 0, n + 1}}, 0, kernelimage.ErrCut},
				{"from the middle to the end", [][3]uint64{{1, 100, n - 100}}, 1, nil},
				{"from the middle to after the end", [][3]uint64{{1, 100, n - 99}}, 0, kernelimage.ErrCut},
				{"nothing after the end", [][3]uint64{{1, 0, n}, {1, n + 1, 0}}, 1, nil},
				{"huge", [][3]uint64{{1, 1, 1<<32 - 1}}, 0, kernelimage.ErrCut},
				{"huge offset", [][3]uint64{{1, 1<<32 - 1, 1}}, 0, kernelimage.ErrCut},
				{"not loaded", [][3]uint64{{0, 0, n + 1}, {2, 0, n + 1}, {1, 0, n}}, 1, nil},
				{"the second one", [][3]uint64{{1, 0, n - 1}, {1, 0, n + 1}}, 0, kernelimage.ErrCut},
				{"the third one", [][3]uint64{{1, 0, n}, {4, 0, n + 1}, {1, n, 1}}, 0, kernelimage.ErrCut},
				{"two parts", [][3]uint64{{1, 0, 1000}, {4, 0, n + 1}, {1, 1000, n - 1000}}, 2, nil},
				{"overlapping by a byte", [][3]uint64{{1, 0, 1001}, {1, 1000, n - 1000}}, 0, nil},
				{"without the banner", [][3]uint64{{1, 0, n - 90}}, 0, nil},
				{"as many as may be", many(64), 64, nil},
				{"too many", many(65), 0, nil},
			} {
				image := program(bits, order, n, test.segments...)
				for how, image := range map[string][]byte{"plain": image, "packed": pack(t, "gzip", image)} {
					m, err := load(image, 1<<20)
					if !errors.Is(err, test.err) || (m == nil) != (err != nil) {
						t.Errorf("%s, %s, %d bits, %v: %v", test.name, how, bits, order, err)
						continue
					}
					if m == nil {
						continue
					}
					if test.parts == 0 && (m.Linked != nil || len(m.Parts) != 1) ||
						test.parts > 0 && (m.Linked == nil || len(m.Parts) != test.parts) || m.Release() != "6.1" {
						t.Errorf("%s, %s, %d bits, %v: %d parts", test.name, how, bits, order, len(m.Parts))
					}
				}
			}
		}
	}
}

// TestLoadManySegments: 65,535 segments of the same bytes cost some times the file, not as
// often as there are segments.
func TestLoadManySegments(t *testing.T) {
	segments := make([][3]uint64, 65535)
	for i := range segments {
		segments[i] = [3]uint64{1, 0, 4 << 20}
	}
	image := program(64, binary.LittleEndian, 4<<20, segments...)
	var err error
	if got := modtest.Allocated(func() { _, err = load(image, 1<<30) }); got > 32<<20 || err != nil {
		t.Errorf("%d KiB are allocated, %v", got>>10, err)
	}
}

// failingAt is a reader that fails from an offset on.
type failingAt struct {
	*bytes.Reader
	from int64
	err  error
}

func (f failingAt) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > f.from {
		return 0, f.err
	}
	return f.Reader.ReadAt(b, off)
}

// TestLoadFails: a read error is none of the image, and a file that became shorter is cut,
// as far as that can be told.
func TestLoadFails(t *testing.T) {
	failed := errors.New("input/output error")
	for name, image := range map[string][]byte{
		"vmlinux": (&modtest.KernelImage{}).Build(), "bare": modtest.Kernel("6.1", make([]byte, 90<<10)),
		"packed": modtest.BZImage(pack(t, "gzip", noise(90<<10))),
	} {
		for _, from := range []int64{0, 70 << 10} {
			r := failingAt{bytes.NewReader(image), from, &fs.PathError{Op: "read", Path: "/secret", Err: failed}}
			if _, err := kernelimage.Load(r, int64(len(image)), 1<<20); err != failed {
				t.Errorf("%s, from %d: %v", name, from, err)
			}
		}
		_, err := kernelimage.Load(bytes.NewReader(image[:70<<10]), int64(len(image)), 1<<20)
		if name != "bare" && err == nil || name == "vmlinux" && !errors.Is(err, kernelimage.ErrCut) {
			t.Errorf("%s, shorter: %v", name, err)
		}
	}
	for _, size := range []int64{0, -1} {
		if _, err := kernelimage.Load(bytes.NewReader(nil), size, 1<<20); !errors.Is(err, kernelimage.ErrUnknown) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if _, err := kernelimage.Load(failingAt{bytes.NewReader(nil), -1, io.ErrUnexpectedEOF}, 10, 1<<20); err == nil {
		t.Error("a reader that fails at once")
	}
}
