package vmtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// FetchSymvers returns the path of a kernel's Module.symvers, which lists what
// the kernel and its modules export. It is taken from the Debian package with
// the kernel's headers, and kept in the cache. It must be as old as the kernel:
// apt may know only a newer one.
func FetchSymvers(ctx context.Context, release string, progress io.Writer) (string, error) {
	f, err := newFetcher(progress)
	if err != nil {
		return "", err
	}
	name, err := f.symvers(ctx, release)
	if err != nil {
		return "", fmt.Errorf("vmtest: fetch Module.symvers of %s: %w", release, err)
	}
	return name, nil
}

// Symvers is FetchSymvers for tests, which skip where there is none, or fail
// where virtual machines are required.
func Symvers(tb testing.TB, k *Kernel) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
	defer cancel()
	name, err := FetchSymvers(ctx, k.Release, progress())
	if err != nil {
		unavailable(tb, err)
	}
	return name
}

// symvers returns the file from the cache, where it is put if need be.
func (f *fetcher) symvers(ctx context.Context, release string) (string, error) {
	final := filepath.Join(f.dir, release+".symvers")
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	if !isRelease(release) {
		return "", errors.New("not a kernel release")
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lockFile(ctx, filepath.Join(f.dir, release+".lock"))
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
	if err := f.unpackDebs(ctx, tmp, root, []string{headers}); err != nil {
		return err
	}
	return os.Rename(filepath.Join(root, "usr/src", headers, "Module.symvers"), final)
}
