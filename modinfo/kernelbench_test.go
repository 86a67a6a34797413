package modinfo_test

import (
	"testing"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/modinfo"
)

// BenchmarkKernel opens Debian's images and reads their exports: of 6.1 and 6.12 packed
// with xz, of arm64 a plain one, which is searched, and of arm one that is packed at an
// unknown offset.
func BenchmarkKernel(b *testing.B) {
	for _, pkg := range []string{kernels.Linux61, kernels.Linux612, "linux-image-arm64:arm64/bookworm", kernels.LinuxARM} {
		known, err := vm.Lookup(pkg)
		if err != nil {
			kmodref.Absent(b, err.Error())
		}
		b.Run("open/"+known.Release, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := second(modinfo.OpenKernel(known.Packed, nil)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("exports/"+known.Release, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				k, err := modinfo.OpenKernel(known.Packed, nil)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := exportsOf(k); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
