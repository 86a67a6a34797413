package vmtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Packages of the kernels that this project is tested with.
const (
	// Linux61 has uncompressed modules.
	Linux61 = "linux-image-amd64"
	// Linux612 has modules in xz and a kernel that unpacks them itself.
	Linux612 = "linux-image-6.12-amd64"
)

// packages lists the kernels to test with and the series that each stands
// for, by which the cache is searched when apt cannot be asked.
var packages = [...]struct{ name, series string }{
	{Linux61, "6.1"},
	{Linux612, "6.12"},
}

// Fetch returns the kernel that a Debian package stands for, in its current
// version. One that is not in the cache is downloaded, unpacked and indexed;
// several processes may do so at once. Where apt is absent or cannot be
// reached, the newest kernel of the same series in the cache serves. What the
// tools print on the way goes to progress, which may be nil.
func Fetch(ctx context.Context, pkg string, progress io.Writer) (*Kernel, error) {
	f, err := newFetcher(progress)
	if err != nil {
		return nil, err
	}
	k, err := f.fetch(ctx, pkg)
	if err != nil {
		return nil, err
	}
	return bootable(k), nil
}

// Current returns the release of the kernel that a Debian package stands for,
// by what apt knows without the network.
func Current(ctx context.Context, pkg string) (release string, err error) {
	listing, err := (&hostTools{}).run(ctx, "", "apt-cache", "depends", pkg)
	if err != nil {
		return "", fmt.Errorf("vmtest: ask apt for the kernel %s: %w", pkg, err)
	}
	_, release, err = parseDepends(pkg, listing)
	return release, err
}

// newFetcher makes a fetcher for the user's cache and the host's tools.
func newFetcher(progress io.Writer) (*fetcher, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("vmtest: find the cache folder: %w", err)
	}
	return &fetcher{dir: filepath.Join(cache, "gokmod"), run: (&hostTools{progress}).run}, nil
}

// fetcher keeps kernels in dir. Its run calls a host tool in a folder and
// returns what that prints to standard output.
type fetcher struct {
	dir string
	run func(ctx context.Context, dir, tool string, args ...string) ([]byte, error)
}

func (f *fetcher) fetch(ctx context.Context, pkg string) (*Kernel, error) {
	k, err := f.current(ctx, pkg)
	if err == nil || ctx.Err() != nil {
		return k, err
	}
	for _, p := range packages {
		if p.name != pkg {
			continue
		}
		if k := newestCached(f.dir, p.series); k != nil {
			return k, nil
		}
	}
	return nil, fmt.Errorf("vmtest: fetch kernel %s: %w", pkg, err)
}

// current returns the kernel that apt names now.
func (f *fetcher) current(ctx context.Context, pkg string) (*Kernel, error) {
	listing, err := f.run(ctx, "", "apt-cache", "depends", pkg)
	if err != nil {
		return nil, err
	}
	image, release, err := parseDepends(pkg, listing)
	if err != nil {
		return nil, err
	}
	if k, err := openKernel(filepath.Join(f.dir, release), release); err == nil {
		return k, nil
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := lockFile(ctx, filepath.Join(f.dir, release+".lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if k, err := openKernel(filepath.Join(f.dir, release), release); err == nil {
		return k, nil
	}
	return f.unpack(ctx, image, release)
}

// lockInterval is how often a lock that another process holds is tried.
const lockInterval = 200 * time.Millisecond

// lockFile waits for the lock of a file that it makes if need be.
func lockFile(ctx context.Context, name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(lockInterval)
	defer tick.Stop()
	for {
		ok, err := tryLock(file)
		if ok {
			return func() { file.Close() }, nil
		}
		if err != nil {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		select {
		case <-ctx.Done():
			file.Close()
			return nil, fmt.Errorf("wait for the lock %s: %w", name, ctx.Err())
		case <-tick.C:
		}
	}
}
