package kernelimage_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"

	ulikunitz "github.com/ulikunitz/xz"

	"github.com/gokmod/gokmod/internal/kernelimage"
	"github.com/gokmod/gokmod/internal/modtest"
)

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	zw.Write([]byte(text))
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	gz := packed(t, "the kernel")
	var xz bytes.Buffer
	zw, err := ulikunitz.NewWriter(&xz)
	if err != nil {
		t.Fatal(err)
	}
	zw.Write([]byte("the kernel"))
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	for name, image := range map[string][]byte{
		"bzImage, gzip": modtest.BZImage(gz), "bzImage, xz": modtest.BZImage(xz.Bytes()), "packed as a whole": gz, "not packed": []byte("the kernel"),
	} {
		if got, err := kernelimage.Unpack(image, 100); err != nil || string(got) != "the kernel" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if got, err := kernelimage.Unpack(image, 9); err == nil {
			t.Errorf("%s: the limit of 9 bytes gives %q", name, got)
		}
	}
}

func TestUnpackDamaged(t *testing.T) {
	whole := modtest.BZImage(packed(t, "the kernel"))
	old, huge, tiny := bytes.Clone(whole), bytes.Clone(whole), bytes.Clone(whole)
	binary.LittleEndian.PutUint16(old[0x206:], 0x207)
	binary.LittleEndian.PutUint32(huge[0x248:], 1<<32-1)
	binary.LittleEndian.PutUint32(tiny[0x24c:], 3)
	for name, data := range map[string][]byte{
		"old": old, "huge": huge, "tiny": tiny, "cut": whole[:len(whole)-len("tail")-1],
		"broken": modtest.BZImage([]byte("\x1f\x8bnot gzip")), "of an unknown kind": modtest.BZImage([]byte("BZh9")),
	} {
		if got, err := kernelimage.Unpack(data, 1000); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
