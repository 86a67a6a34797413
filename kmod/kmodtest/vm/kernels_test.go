package vm

import (
	"cmp"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debs"
	"github.com/gokmod/gokmod/internal/test/kernels"
)

// TestFetchKernels fetches all kernels that tests use, each with the list of its
// exports, and logs which they are. It comes first when all tests run, so that
// tests in parallel find the same kernels.
func TestFetchKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("kernels are not fetched in short mode")
	}
	for _, pkg := range kernels.All() {
		source := cmp.Or(debs.Parse(pkg).Source(), "machine")
		t.Run(source+" "+debs.Parse(pkg).Name, func(t *testing.T) {
			k, err := Lookup(pkg)
			if err != nil {
				unavailable(t, err)
			}
			if k.Arch != packageArch(pkg) {
				t.Errorf("the image is for %s", k.Arch)
			}
			Symvers(t, k)
			t.Logf("tested with %s of %s", k.Release, source)
		})
	}
}
