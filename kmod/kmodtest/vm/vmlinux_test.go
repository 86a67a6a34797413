package vm

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

func TestBootable(t *testing.T) {
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	zw.Write([]byte("the kernel"))
	zw.Close()
	k := fakeKernel(t, t.TempDir(), "1.2.3")
	if got := bootable(k); got != k {
		t.Errorf("an image of another kind gives %s", got.Image)
	}
	writeTree(t, k.Image, string(modtest.BZImage(packed.Bytes())))
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
		writeTree(t, k.Image, string(modtest.BZImage([]byte(payload))))
		if got := bootable(k); got != k {
			t.Errorf("a payload that is %s gives %s", name, got.Image)
		}
		if files, err := os.ReadDir(filepath.Join(k.Dir, "boot")); err != nil || len(files) != 1 {
			t.Errorf("a payload that is %s: boot holds %v, %v", name, files, err)
		}
	}
}
