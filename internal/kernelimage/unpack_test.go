package kernelimage_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	ulikunitz "github.com/ulikunitz/xz"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// codecs are the formats in which kernels are packed. The build appends the
// size.
var codecs = map[string]func(w io.Writer) (io.WriteCloser, error){
	"gzip": func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	"xz":   func(w io.Writer) (io.WriteCloser, error) { return ulikunitz.NewWriter(w) },
	"zstd": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) },
	"lz4": func(w io.Writer) (io.WriteCloser, error) {
		zw := lz4.NewWriter(w)
		return zw, zw.Apply(lz4.LegacyOption(true), lz4.ConcurrencyOption(1))
	},
}

func pack(t testing.TB, codec string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	zw, err := codecs[codec](&b)
	if err == nil {
		_, err = zw.Write(content)
	}
	if err := errors.Join(err, zw.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var kernel = modtest.Kernel("6.1.0-test", []byte("the kernel"))

func TestUnpack(t *testing.T) {
	images := map[string][]byte{"not packed": kernel}
	for codec := range codecs {
		packed := pack(t, codec, kernel)
		sized := binary.LittleEndian.AppendUint32(bytes.Clone(packed), uint32(len(kernel)))
		images["bzImage, "+codec] = modtest.BZImage(packed)
		images["zboot, "+codec] = modtest.Zboot(codec, packed)
		images["zboot with the size, "+codec] = modtest.Zboot(codec, sized)
		images["within a program, "+codec] = modtest.Wrapped(sized)
		images["behind another, "+codec] = append(modtest.Wrapped(pack(t, codec, make([]byte, 5000))), sized...)
		images["as a whole, "+codec] = packed
		images["with a device tree, "+codec] = append(bytes.Clone(packed), "\xd0\x0d\xfe\xed"...)
		images["twice, "+codec] = pack(t, codec, modtest.Wrapped(sized))
	}
	for name, image := range images {
		got, err := kernelimage.Unpack(image, 1<<20)
		if err != nil || !bytes.Equal(got, kernel) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if got, err := kernelimage.Unpack(image, int64(len(kernel)-1)); err == nil && name != "not packed" {
			t.Errorf("%s: below the limit: %q", name, got)
		}
	}
}

// TestUnpackNot: if a kernel cannot be unpacked, the error says how it is packed,
// if that is known.
func TestUnpackNot(t *testing.T) {
	whole := modtest.BZImage(pack(t, "gzip", kernel))
	old, huge, tiny := bytes.Clone(whole), bytes.Clone(whole), bytes.Clone(whole)
	binary.LittleEndian.PutUint16(old[0x206:], 0x207)
	binary.LittleEndian.PutUint32(huge[0x248:], 1<<32-1)
	binary.LittleEndian.PutUint32(tiny[0x24c:], 3)
	const lzma = "\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff"
	xz := pack(t, "xz", kernel)
	odd := bytes.Clone(xz)
	odd[7] = 0x0f // an undefined check
	binary.LittleEndian.PutUint32(odd[8:], crc32.ChecksumIEEE(odd[6:8]))
	long := pack(t, "gzip", noise(300_000))
	for _, test := range []struct {
		name     string
		image    []byte
		how, say string
	}{
		{"old", old, "", "too old"},
		{"huge", huge, "", "ends within"},
		{"tiny", tiny, "", "ends within"},
		{"cut", whole[:len(whole)-len("tail")-1], "", "ends within"},
		{"broken", modtest.BZImage([]byte("\x1f\x8bnot gzip")), "gzip", "corrupt"},
		{"bzip2", modtest.BZImage([]byte("BZh91AY&SY")), "bzip2", "not supported"},
		{"unknown", modtest.BZImage([]byte("something")), "", "not supported"},
		{"zboot of lzma", modtest.Zboot("lzma", []byte(lzma)), "lzma", "not supported"},
		{"zboot, broken", modtest.Zboot("xzkern", xz[:len(xz)-20]), "xz", "corrupt"},
		{"zboot, cut", modtest.Zboot("zstd22\x1b", xz)[:0x210], `"zstd22\x1b"`, "ends within"},
		{"lzo within", modtest.Wrapped([]byte("\x89LZO\x00\x0d\x0a\x1a\x0a")), "lzo", "not supported"},
		{"lzma within", modtest.Wrapped([]byte(lzma)), "lzma", "not supported"},
		{"xz within", modtest.Wrapped(odd), "xz", "not supported"},
		{"broken within", modtest.Wrapped(long[:len(long)-5]), "gzip", "corrupt"},
		{"as a whole", xz[:len(xz)-1], "xz", "corrupt"},
	} {
		got, err := kernelimage.Unpack(test.image, 1<<20)
		var packed *kernelimage.PackedError
		if !errors.As(err, &packed) || packed.How != test.how || !strings.Contains(err.Error(), test.say) ||
			strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: got %q, %v", test.name, got, err)
		}
		if (test.say == "not supported") != errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	for name, image := range map[string][]byte{
		"empty": nil, "text": []byte("Linux version %s"), "packed text": pack(t, "gzip", []byte("text")),
		"a program": modtest.Wrapped(nil),
	} {
		if got, err := kernelimage.Unpack(image, 1<<20); !errors.Is(err, kernelimage.ErrUnknown) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// TestUnpackBounds: unpacking an image that is not a kernel ends, and a few
// look-alikes do not hide a kernel.
func TestUnpackBounds(t *testing.T) {
	bomb := pack(t, "gzip", make([]byte, 1<<20))
	cut := bomb[:len(bomb)-8] // all is unpacked, and then found bad
	for name, image := range map[string][]byte{
		"bombs":  bytes.Repeat(append([]byte("x"), cut...), 1000),
		"magics": bytes.Repeat([]byte("x\x1f\x8b\x08"), 50_000),
		"frames": bytes.Repeat([]byte("\x28\xb5\x2f\xfd\x00\x58\x30\x00\x00"), 50_000)[3:], // in each block a frame starts
	} {
		if _, err := kernelimage.Unpack(image, 1<<30); err == nil || !strings.Contains(err.Error(),
			"too much of the image") {
			t.Errorf("%s: %v", name, err)
		}
	}
	magics := bytes.Repeat([]byte("x\x02\x21\x4c\x18\x1f\x8b\x08"), 1000)
	image := append(magics, modtest.Wrapped(pack(t, "zstd", kernel))...)
	if got, err := kernelimage.Unpack(image, 1<<20); err != nil || !bytes.Equal(got, kernel) {
		t.Errorf("after many magic numbers: %q, %v", got, err)
	}
}

func TestRelease(t *testing.T) {
	for text, want := range map[string]string{
		"Linux version 6.1.0-56-amd64 (x@y)":                             "6.1.0-56-amd64",
		"Linux version %s\x00Linux version 5.10.0 (x) Linux version 4 (": "5.10.0",
		"Linux version 6.1.0\x00 (x)":                                    "",
		"Linux version 6.1.0":                                            "",
		"Linux version  (x)":                                             "",
		"Linux version 6" + strings.Repeat("1", 100) + " (x":             "",
		"": "",
	} {
		if got := kernelimage.Release([]byte(text)); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestStatedSize: a wrong statement about the size changes nothing but the cost.
func TestStatedSize(t *testing.T) {
	content := sized("6.1", 300_000)
	for codec := range codecs {
		for _, size := range []uint32{0, 1, 299_999, 300_000, 300_001, 1 << 20, 1<<32 - 1} {
			packed := binary.LittleEndian.AppendUint32(pack(t, codec, content), size)
			if codec == "gzip" {
				packed = packed[:len(packed)-4] // it includes the size, which is right
			}
			got, err := kernelimage.Unpack(bzImage(1, 2*512, packed, len(packed)), 1<<20)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s, %d: %d bytes, %v", codec, size, len(got), err)
			}
		}
	}
}

// TestUnpackMemory: unpacking takes little more memory than the kernel has, whatever the
// limit is.
func TestUnpackMemory(t *testing.T) {
	content := append(modtest.Kernel("6.1", nil), bytes.Repeat(noise(1000), 4000)...) // of 4 MB, a tenth when packed
	content = append(content, noise(500_000)...)
	for _, codec := range []string{"gzip", "xz", "zstd"} {
		packed := pack(t, codec, content)
		sized := binary.LittleEndian.AppendUint32(bytes.Clone(packed), uint32(len(content)))
		if codec == "gzip" {
			sized = packed
		}
		for name, test := range map[string]struct {
			image []byte
			most  int
		}{
			"bzImage":          {bzImage(1, 2*512, sized, len(sized)), len(content) + 1<<20},
			"zboot":            {modtest.Zboot(codec, packed), 20*len(packed) + 2<<20},
			"within a program": {modtest.Wrapped(sized), 20*len(packed) + 2<<20},
		} {
			var err error
			got := modtest.Allocated(func() { _, err = kernelimage.Unpack(test.image, 512<<20) })
			if err != nil || got > uint64(test.most) {
				t.Errorf("%s, %s: %d KiB for %d packed to %d, %v", codec, name, got>>10, len(content)>>10, len(packed)>>10, err)
			}
		}
	}
}
