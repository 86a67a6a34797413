package vmtest

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"
)

// Kernels returns the kernels to test with, fetching them where needed. When
// there are none, or no virtual machine can be run, it skips the test with the
// reason; with GOKMOD_REQUIRE_VM=1 it fails it, also when only one is absent.
func Kernels(tb testing.TB) []*Kernel {
	tb.Helper()
	if testing.Short() {
		unavailable(tb, errors.New("virtual machines are not run in short mode"))
	}
	if err := Available(); err != nil {
		unavailable(tb, err)
	}
	kernels, err := fetchOnce()
	if err != nil {
		if len(kernels) == 0 || vmRequired() {
			unavailable(tb, err)
		}
		tb.Logf("goes on without a kernel: %v", err)
	}
	return kernels
}

// fetchLimit bounds the download of all kernels.
const fetchLimit = 10 * time.Minute

// fetchOnce fetches the kernels when first called: to ask apt takes a second.
var fetchOnce = sync.OnceValues(func() ([]*Kernel, error) {
	ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
	defer cancel()
	var kernels []*Kernel
	var failed []error
	for _, p := range packages {
		k, err := Fetch(ctx, p.name, progress())
		if err != nil {
			failed = append(failed, err)
			continue
		}
		kernels = append(kernels, k)
	}
	return kernels, errors.Join(failed...)
})

// unavailable skips, or fails where machines are required.
func unavailable(tb testing.TB, err error) {
	tb.Helper()
	if vmRequired() {
		tb.Fatalf("GOKMOD_REQUIRE_VM=1 is set, but: %v", err)
	}
	tb.Skip(err)
}

func vmRequired() bool { return os.Getenv("GOKMOD_REQUIRE_VM") == "1" }

// progress shows downloads to who looks on.
func progress() io.Writer {
	if testing.Verbose() {
		return os.Stderr
	}
	return nil
}
