package vm

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// Kernels returns the kernels to test with, fetching them if necessary: those of
// the packages, by default those of Linux61 and Linux612. If there are none, or
// no virtual machine can be run, it skips the test with the reason; with
// GOKMOD_REQUIRE_VM=1 it fails the test, even if only one is missing, unless its
// suite is no longer served.
func Kernels(tb testing.TB, pkgs ...string) []*Kernel {
	tb.Helper()
	if testing.Short() {
		unavailable(tb, errors.New("virtual machines are not run in short mode"))
	}
	if err := Available(); err != nil {
		unavailable(tb, err)
	}
	if len(pkgs) == 0 {
		pkgs = []string{Linux61, Linux612}
	}
	var kernels []*Kernel
	var failed []error
	for _, pkg := range pkgs {
		k, err := Lookup(pkg)
		switch {
		case err == nil:
			kernels = append(kernels, k)
		case vmRequired() && !errors.Is(err, debs.ErrNotServed):
			unavailable(tb, err)
		default:
			failed = append(failed, err)
			tb.Logf("going on without a kernel: %v", err)
		}
	}
	if len(kernels) == 0 {
		unavailable(tb, errors.Join(failed...))
	}
	return kernels
}

// OldToNew are the packages of all kernels that guests run.
func OldToNew() []string { return []string{Linux510, Linux61, Linux612, Newest} }

// Unpacked returns the kernel of one package for a test that reads its files.
// It skips or fails as Kernels does.
func Unpacked(tb testing.TB, pkg string) *Kernel {
	tb.Helper()
	if testing.Short() {
		unavailable(tb, errors.New("kernels are not fetched in short mode"))
	}
	k, err := Lookup(pkg)
	if err != nil {
		unavailable(tb, err)
	}
	return k
}

// fetchLimit bounds the download of a kernel.
const fetchLimit = 10 * time.Minute

// fetched has a function for each package that returns the kernel.
var fetched sync.Map

// Lookup is Fetch for the tests of one process, in which each kernel is fetched
// once: asking apt takes a second.
func Lookup(pkg string) (*Kernel, error) {
	fetch, _ := fetched.LoadOrStore(pkg, sync.OnceValues(func() (*Kernel, error) {
		ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
		defer cancel()
		return Fetch(ctx, pkg, progress())
	}))
	return fetch.(func() (*Kernel, error))()
}

// unavailable skips the test, or fails it if virtual machines are required. A
// suite that the archive no longer serves is never required.
func unavailable(tb testing.TB, err error) {
	tb.Helper()
	if vmRequired() && !errors.Is(err, debs.ErrNotServed) {
		tb.Fatalf("GOKMOD_REQUIRE_VM=1 is set, but: %v", err)
	}
	tb.Skip(err)
}

func vmRequired() bool { return os.Getenv("GOKMOD_REQUIRE_VM") == "1" }

// progress shows downloads to the user.
func progress() io.Writer {
	if testing.Verbose() {
		return os.Stderr
	}
	return nil
}
