package kernelimage_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/test/modtest"
)

// bzImage is an image with a packed kernel at an offset from the start of the program.
func bzImage(sects byte, programAt int, packed []byte, length int) []byte {
	data := make([]byte, programAt)
	data[0x1f1] = sects
	copy(data[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(data[0x206:], 0x208)
	binary.LittleEndian.PutUint32(data[0x24c:], uint32(length))
	return append(data, packed...)
}

// TestBZImageHeader: the packed kernel is exactly where the header says.
func TestBZImageHeader(t *testing.T) {
	packed := pack(t, "gzip", kernel)
	for name, image := range map[string][]byte{
		"one sector":           bzImage(1, 2*512, packed, len(packed)),
		"two sectors":          bzImage(2, 3*512, packed, len(packed)),
		"255 sectors":          bzImage(255, 256*512, packed, len(packed)),
		"0 sectors, that is 4": bzImage(0, 5*512, packed, len(packed)),
		"more behind it":       append(bzImage(1, 2*512, packed, len(packed)), "more"...),
	} {
		if got, err := kernelimage.Unpack(image, 1<<20); err != nil || !bytes.Equal(got, kernel) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	old := bzImage(1, 2*512, packed, len(packed))
	binary.LittleEndian.PutUint16(old[0x206:], 0x207)
	last := bzImage(1, 2*512, packed, len(packed))
	binary.LittleEndian.PutUint32(last[0x248:], 1)
	for _, test := range []struct {
		name  string
		image []byte
		how   string
		say   string
	}{
		{"one byte short", bzImage(1, 2*512, packed, len(packed)+1), "", "the image ends within the packed kernel"},
		{"begins one byte later", last, "", "the image ends within the packed kernel"},
		{"three bytes", bzImage(1, 2*512, packed, 3), "", "the image ends within the packed kernel"},
		{"four bytes", bzImage(1, 2*512, packed, 4), "gzip", "corrupt"},
		{"an old protocol", old, "", "the header's boot protocol is too old"},
		{"too large", bzImage(1, 2*512, pack(t, "gzip", make([]byte, 1<<20+1)), 1000), "gzip", "gzip"},
	} {
		_, err := kernelimage.Unpack(test.image, 1<<20)
		checkPacked(t, test.name, err, test.how, test.say)
	}
	for codec := range codecs {
		if codec == "gzip" {
			continue
		}
		packed := pack(t, codec, kernel)
		sized := binary.LittleEndian.AppendUint32(bytes.Clone(packed), uint32(len(kernel)))
		if got, err := kernelimage.Unpack(bzImage(1, 2*512, sized, len(sized)), 1<<20); err != nil || !bytes.Equal(got,
			kernel) {
			t.Errorf("%s with its size: %q, %v", codec, got, err)
		}
	}
}

func checkPacked(t *testing.T, name string, err error, how, say string) {
	t.Helper()
	var packed *kernelimage.PackedError
	want := say
	if how != "" {
		want = "the kernel in it is packed with " + how + ": "
	}
	if !errors.As(err, &packed) || packed.How != how || !strings.HasPrefix(err.Error(), want) ||
		!strings.Contains(err.Error(), say) {
		t.Errorf("%s: %v, want %q and %q", name, err, how, say)
	}
	if packed != nil && !errors.Is(err, packed.Err) {
		t.Errorf("%s: %v does not wrap its cause", name, err)
	}
}

// TestIsBZImage: the whole header must be there.
func TestIsBZImage(t *testing.T) {
	image := make([]byte, 0x250)
	copy(image[0x202:], "HdrS")
	if !kernelimage.IsBZImage(image) {
		t.Error("a header is not one")
	}
	for n := range image {
		if kernelimage.IsBZImage(image[:n]) {
			t.Errorf("%d bytes are a header", n)
		}
	}
	for at := 0x202; at < 0x206; at++ {
		image[at]++
		if kernelimage.IsBZImage(image) {
			t.Errorf("with another byte at %#x it is a header", at)
		}
		image[at]--
	}
}

func TestZbootHeader(t *testing.T) {
	packed := pack(t, "xz", kernel)
	zboot := func(name string, start, length int, content []byte) []byte {
		data := make([]byte, 0x38)
		copy(data, "MZ")
		copy(data[4:], "zimg")
		binary.LittleEndian.PutUint32(data[8:], uint32(start))
		binary.LittleEndian.PutUint32(data[12:], uint32(length))
		copy(data[0x18:], name)
		return append(data, content...)
	}
	for name, image := range map[string][]byte{
		"right after the header": zboot("xzkern", 0x38, len(packed), packed),
		"a byte later":           zboot("xzkern", 0x39, len(packed), append([]byte{0}, packed...)),
		"with more inside":       zboot("xzkern", 0x38, len(packed)+4, append(bytes.Clone(packed), "size"...)),
		"with more after it":     zboot("xzkern", 0x38, len(packed), append(bytes.Clone(packed), "more"...)),
		"under another name":     zboot("gzip", 0x38, len(packed), packed),
	} {
		if got, err := kernelimage.Unpack(image, 1<<20); err != nil || !bytes.Equal(got, kernel) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	whole := zboot("xzkern", 0x38, len(packed), packed)
	for _, test := range []struct {
		name     string
		image    []byte
		how, say string
	}{
		{"a byte short", zboot("xzkern", 0x38, len(packed)+1, packed), "xzkern", "the image ends within"},
		{"a byte later than it", zboot("xzkern", 0x39, len(packed), packed), "xzkern", "the image ends within"},
		{"far away", zboot("xzkern", 1<<31-1, 1<<31-1, packed), "xzkern", "the image ends within"},
		{"half of it", zboot("xzkern", 0x38, len(packed)-10, packed), "xz", "corrupt"},
		{"a name without end", zboot(strings.Repeat("n", 32), 0x38, 4, []byte("what")), strings.Repeat("n", 32),
			"not supported"},
		{"no name", zboot("", 0x38, 10, []byte("BZh91AY&SY")), "bzip2", "not supported"},
		{"a name that contradicts the data", zboot("other", 0x38, 10, []byte("BZh91AY&SY")), "other", "not supported"},
		{"nothing", zboot("xzkern", 0x38, 0, packed), "xzkern", "not supported"},
	} {
		_, err := kernelimage.Unpack(test.image, 1<<20)
		checkPacked(t, test.name, err, test.how, test.say)
	}
	for name, edit := range map[string]func(b []byte){
		"no MZ": func(b []byte) { b[0] = 'X' }, "half an MZ": func(b []byte) { b[1] = 'X' },
		"no zimg": func(b []byte) { b[4] = 'X' }, "half a zimg": func(b []byte) { b[7] = 'X' },
	} { // then it is an ordinary image, and the kernel in it is found
		image := bytes.Clone(whole)
		edit(image)
		binary.LittleEndian.PutUint32(image[8:], 1<<32-1)
		if got, err := kernelimage.Unpack(image, 1<<20); err != nil || !bytes.Equal(got, kernel) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := kernelimage.Unpack(whole[:0x37], 1<<20); !errors.Is(err, kernelimage.ErrUnknown) {
		t.Errorf("less than a header: %v", err)
	}
	_, err := kernelimage.Unpack(zboot("gzip", 0x38, 0, nil), 1<<20)
	checkPacked(t, "only a header", err, "gzip", "not supported")
}

// TestOtherFormats: unsupported formats are named.
func TestOtherFormats(t *testing.T) {
	for magic, how := range map[string]string{
		"BZh91AY&SY":                  "bzip2",
		"\x89LZO\x00\x0d\x0a\x1a\x0a": "lzo",
		"\x5d\x00\x00\x00\x04\xff\xff\xff\xff\xff\xff\xff\xff": "lzma",
		"\x5d\x00\x00\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff": "lzma",
		"\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff": "lzma",
	} {
		for name, image := range map[string][]byte{
			"bzImage": bzImage(1, 2*512, []byte(magic), len(magic)), "zboot": modtest.Zboot("", []byte(magic)),
			"somewhere": []byte("some" + magic + "where"), "as a whole": []byte(magic),
		} {
			_, err := kernelimage.Unpack(image, 1<<20)
			checkPacked(t, fmt.Sprintf("%s, %s", how, name), err, how, "the format of the packed kernel is not supported")
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s, %s: %v", how, name, err)
			}
		}
		if _, err := kernelimage.Unpack([]byte(magic[:len(magic)-1]), 1<<20); !errors.Is(err, kernelimage.ErrUnknown) {
			t.Errorf("half of %s: %v", how, err)
		}
	}
}

// TestReleaseLength: a release has at most 64 characters.
func TestReleaseLength(t *testing.T) {
	for n, want := range map[int]bool{1: true, 63: true, 64: true, 65: false, 66: false} {
		release := "6" + strings.Repeat("x", n-1)
		for _, end := range []string{" (", " (x@y) and more"} {
			got := kernelimage.Release([]byte("Linux version " + release + end))
			if (got == release) != want || !want && got != "" {
				t.Errorf("%d characters: %q", n, got)
			}
		}
	}
	for text, want := range map[string]string{
		"Linux version 0 (": "0", "Linux version 9 (": "9", "Linux version / (": "", "Linux version : (": "",
		"Linux version (":     "",
		"Linux version 6\n (": "", "Linux version 6(": "",
	} {
		if got := kernelimage.Release([]byte(text)); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
