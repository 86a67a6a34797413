package modfile

import (
	"testing"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/internal/xz"
)

// TestForm: a kernel can unpack what its own codec packed, if it supports the
// features used.
func TestForm(t *testing.T) {
	gzip, zstd := []byte("\x1f\x8b and more"), []byte("\x28\xb5\x2f\xfd and more")
	for name, test := range map[string]struct {
		data   []byte
		codec  decompress.Codec
		kernel string // the codec that unpacks it
	}{
		"plain": {content, decompress.None, ""}, "gzip": {gzip, decompress.Gzip, "gzip"},
		"zstd": {zstd, decompress.Zstd, "zstd"}, "xz": {packed, decompress.XZ, "xz"},
		"xz of machine code": {modtest.StoredXZ(content, 4, 0), decompress.XZ, ""},
		"xz, cut":            {packed[:10], decompress.XZ, ""},
	} {
		for kind, f := range files(t, test.data, 0) {
			form, err := f.Form()
			if err != nil || form.Codec != test.codec || form.Packed() != IsPacked(test.data) {
				t.Errorf("%s, %s: %v, %v", name, kind, form.Codec, err)
			}
			for _, codec := range []string{"", "gzip", "xz", "zstd"} {
				if got, want := form.KernelUnpacks(codec), codec == test.kernel && codec != ""; got != want {
					t.Errorf("%s, %s: a kernel with %q unpacks it: %t", name, kind, codec, got)
				}
			}
		}
	}
}

func TestKernelKnows(t *testing.T) {
	lzma := []xz.Filter{{ID: xz.FilterLZMA2}}
	for _, test := range []struct {
		info xz.Info
		want bool
	}{
		{xz.Info{Check: xz.CheckCRC32, DictSize: kernelDict, Filters: lzma}, true},
		{xz.Info{Check: xz.CheckNone, Filters: lzma}, true},
		{xz.Info{Check: xz.CheckCRC64, Filters: lzma}, false},
		{xz.Info{Check: xz.CheckCRC32, DictSize: kernelDict + 1, Filters: lzma}, false},
		{xz.Info{Check: xz.CheckCRC32, Filters: append(lzma, xz.Filter{ID: xz.FilterX86})}, false},
	} {
		if got := kernelKnows(test.info); got != test.want {
			t.Errorf("%+v: %t", test.info, got)
		}
	}
}
