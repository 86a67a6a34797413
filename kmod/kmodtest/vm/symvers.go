package vm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// FetchSymvers returns the path of the Module.symvers of a kernel that Fetch
// returned. The file lists the exports of the kernel and its modules, comes from
// the package with the kernel's headers, and is kept in the cache. It must have
// the kernel's version: apt may know only a newer one.
func FetchSymvers(ctx context.Context, k *Kernel, progress io.Writer) (string, error) {
	f, err := newFetcher(k.Package, progress)
	if err != nil {
		return "", err
	}
	name, err := f.symvers(ctx, k.Release)
	if err != nil {
		return "", fmt.Errorf("vm: fetch Module.symvers of %s: %w", k.Release, err)
	}
	return name, nil
}

// Symvers is FetchSymvers for tests, which skip if there is none, or fail if
// virtual machines are required.
func Symvers(tb testing.TB, k *Kernel) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
	defer cancel()
	name, err := FetchSymvers(ctx, k, progress())
	if err != nil {
		unavailable(tb, err)
	}
	return name
}

// symversFile is the path of the file in the cache.
func (f *fetcher) symversFile(release string) string { return filepath.Join(f.dir, release+".symvers") }

// symvers returns the file from the cache, and fetches it if necessary.
func (f *fetcher) symvers(ctx context.Context, release string) (string, error) {
	final := f.symversFile(release)
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	if !isRelease(release) {
		return "", errors.New("not a kernel release")
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := debs.Lock(ctx, filepath.Join(f.dir, release+".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	return final, f.unpackSymvers(ctx, release, final)
}

// unpackSymvers downloads the headers and moves the one file into place.
func (f *fetcher) unpackSymvers(ctx context.Context, release, final string) error {
	tmp, err := os.MkdirTemp(f.dir, release+".tmp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	headers := "linux-headers-" + release
	root := filepath.Join(tmp, "root")
	if err := f.lists.Unpack(ctx, tmp, root, headers); err != nil {
		return err
	}
	return os.Rename(filepath.Join(root, "usr/src", headers, "Module.symvers"), final)
}
