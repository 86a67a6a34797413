package vmtest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// bzImage makes the outline of a kernel image around a packed payload.
func bzImage(payload []byte) []byte {
	const sects, skip = 3, 40
	data := make([]byte, (sects+1)*sectorSize+skip)
	data[offSetupSects] = sects
	copy(data[offMagic:], "HdrS")
	binary.LittleEndian.PutUint16(data[offVersion:], 0x20f)
	binary.LittleEndian.PutUint32(data[offPayloadOffset:], skip)
	binary.LittleEndian.PutUint32(data[offPayloadLength:], uint32(len(payload)+sizeLen))
	data = append(data, payload...)
	return append(data, "sizetail"...)
}

func TestImagePayload(t *testing.T) {
	whole := bzImage([]byte("payload"))
	if got, err := imagePayload(whole); err != nil || string(got) != "payload" {
		t.Fatalf("got %q, %v", got, err)
	}
	old := bytes.Clone(whole)
	binary.LittleEndian.PutUint16(old[offVersion:], 0x207)
	huge := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(huge[offPayloadOffset:], 1<<32-1)
	tiny := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(tiny[offPayloadLength:], 3)
	for name, data := range map[string][]byte{
		"empty": nil, "no magic": make([]byte, 4096), "old": old, "huge": huge, "tiny": tiny,
		"cut": whole[:len(whole)-len("sizetail")],
	} {
		if got, err := imagePayload(data); err == nil {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestBootable(t *testing.T) {
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	zw.Write([]byte("the kernel"))
	zw.Close()
	k := fakeKernel(t, t.TempDir(), "1.2.3")
	if got := bootable(k); got != k {
		t.Errorf("an image of another kind gives %s", got.Image)
	}
	writeTree(t, k.Image, string(bzImage(packed.Bytes())))
	for range 2 { // made, then found
		got := bootable(k)
		data, err := os.ReadFile(got.Image)
		if err != nil || string(data) != "the kernel" || got.Image == k.Image {
			t.Errorf("%s holds %q, %v", got.Image, data, err)
		}
	}
	if files, err := os.ReadDir(filepath.Join(k.Dir, "boot")); err != nil || len(files) != 2 {
		t.Errorf("boot holds %v, %v", files, err)
	}
}

func TestBootableBadPayload(t *testing.T) {
	for name, payload := range map[string]string{"broken": "\x1f\x8bnot gzip", "of an unknown kind": "BZh9"} {
		k := fakeKernel(t, t.TempDir(), "1.2.3")
		writeTree(t, k.Image, string(bzImage([]byte(payload))))
		if got := bootable(k); got != k {
			t.Errorf("a payload that is %s gives %s", name, got.Image)
		}
		if files, err := os.ReadDir(filepath.Join(k.Dir, "boot")); err != nil || len(files) != 1 {
			t.Errorf("a payload that is %s: boot holds %v, %v", name, files, err)
		}
	}
}
