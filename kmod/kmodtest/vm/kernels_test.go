package vm

import (
	"cmp"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// TestFetchKernels fetches all kernels that tests use, each with the list of its
// exports, and logs which they are. It comes first when all tests run, so that
// tests in parallel find the same kernels.
func TestFetchKernels(t *testing.T) {
	for _, pkg := range []string{Linux61, Linux612, Linux510, Newest, LinuxARM64, LinuxARM, LinuxS390X} {
		source := cmp.Or(debs.Parse(pkg).Source(), "machine")
		t.Run(source+" "+debs.Parse(pkg).Name, func(t *testing.T) {
			k := Unpacked(t, pkg)
			Symvers(t, k)
			t.Logf("tested with %s of %s", k.Release, source)
		})
	}
}
