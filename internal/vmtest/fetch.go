package vmtest

import (
	"context"
	"errors"
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
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("vmtest: find the cache folder: %w", err)
	}
	f := &fetcher{dir: filepath.Join(cache, "gokmod"), run: (&hostTools{progress}).run}
	k, err := f.fetch(ctx, pkg)
	if err != nil {
		return nil, err
	}
	return bootable(ctx, k), nil
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

// unpack downloads and prepares a kernel in a folder of its own and moves it
// into place as the last step. A half-made kernel that lies there is replaced.
func (f *fetcher) unpack(ctx context.Context, image, release string) (*Kernel, error) {
	tmp, err := os.MkdirTemp(f.dir, release+".tmp-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	if _, err := f.run(ctx, tmp, "apt-get", "download", image); err != nil {
		return nil, err
	}
	debs, err := filepath.Glob(filepath.Join(tmp, "*.deb"))
	if err != nil || len(debs) != 1 {
		return nil, errors.Join(fmt.Errorf("apt-get left %d packages, not one", len(debs)), err)
	}
	root := filepath.Join(tmp, "root")
	if _, err := f.run(ctx, tmp, "dpkg-deb", "-x", debs[0], root); err != nil {
		return nil, err
	}
	if _, err := f.run(ctx, tmp, "depmod", "-b", root, release); err != nil {
		return nil, err
	}
	if _, err := openKernel(root, release); err != nil {
		return nil, fmt.Errorf("package %s is not complete: %w", image, err)
	}
	final := filepath.Join(f.dir, release)
	if err := os.RemoveAll(final); err != nil {
		return nil, err
	}
	if err := os.Chmod(root, 0o755); err != nil {
		return nil, err
	}
	if err := os.Rename(root, final); err != nil {
		return nil, err
	}
	return openKernel(final, release)
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
