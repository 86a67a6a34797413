package vm

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// Kernels returns the kernels of packages, which [Fetch] describes, for a test that
// runs guests. Without packages it is Debian's current kernel for this machine, such as
// linux-image-amd64; Ubuntu's is linux-image-generic. If none of them can be had, or no virtual machine
// can be run, it skips the test with the reason, as it does in short mode. With
// GOKMOD_REQUIRE_VM=1 it fails the test instead, even if only one is missing, unless
// its suite is no longer served.
func Kernels(tb testing.TB, pkgs ...string) []*Kernel {
	tb.Helper()
	if testing.Short() {
		unavailable(tb, errors.New("virtual machines are not run in short mode"))
	}
	if len(pkgs) == 0 {
		p, err := platformOf(runtime.GOARCH)
		if err != nil {
			unavailable(tb, err)
		}
		pkgs = []string{p.pkg}
	}
	var kernels []*Kernel
	var failed []error
	for _, pkg := range pkgs {
		k, err := lookupRunnable(pkg)
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

// lookupRunnable is Lookup for a kernel that can be run here. Others are not fetched.
func lookupRunnable(pkg string) (*Kernel, error) {
	if _, err := available(packageArch(pkg)); err != nil {
		return nil, err
	}
	return Lookup(pkg)
}

// packageArch is the architecture of a package, as Go calls it; that of QEMU's programs
// for it, at least.
func packageArch(pkg string) string {
	arch := debs.Parse(pkg).Arch
	for _, p := range platforms {
		if p.debian == arch {
			return p.arch
		}
	}
	return cmp.Or(arch, runtime.GOARCH)
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
