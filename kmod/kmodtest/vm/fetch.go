package vm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// series are the kernel series of the machine's own packages that stay within
// one. A suite holds one kernel, of any series.
var series = map[string]string{"linux-image-amd64": "6.1", "linux-image-6.12-amd64": "6.12"}

// Fetch returns the kernel of a Debian package in its current version: a package
// known to the machine's apt, or NAME:ARCH/SUITE in the same archive. If it is
// not in the cache, it is downloaded, unpacked and indexed, and replaces older
// ones of that suite or series; several processes may do so at once. If apt is
// missing or the archive unreachable, the newest cached kernel of the same suite
// or series is used. An error that matches [debs.ErrNotServed] means that there
// is no such suite. The tools' output goes to progress, which may be nil.
func Fetch(ctx context.Context, pkg string, progress io.Writer) (*Kernel, error) {
	f, err := newFetcher(pkg, progress)
	if err != nil {
		return nil, err
	}
	k, err := f.fetch(ctx)
	if err != nil {
		return nil, err
	}
	k.Package = pkg
	return bootable(k), nil
}

// Current returns the release of the kernel of a package of the machine's own,
// as far as apt knows without the network.
func Current(ctx context.Context, pkg string) (release string, err error) {
	lists := debs.NewLists(debs.Package{Name: pkg}, "", debs.HostTools(nil))
	_, release, err = currentImage(ctx, lists, pkg)
	if err != nil {
		return "", fmt.Errorf("vm: ask apt for the kernel of %s: %w", pkg, err)
	}
	return release, nil
}

// currentImage returns the kernel package that another package stands for.
func currentImage(ctx context.Context, lists *debs.Lists, pkg string) (image, release string, err error) {
	names, err := lists.Depends(ctx, pkg)
	if err != nil {
		return "", "", err
	}
	return findImage(pkg, names)
}

// newFetcher makes a fetcher for the user's cache and the host's tools.
func newFetcher(pkg string, progress io.Writer) (*fetcher, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("vm: find the cache directory: %w", err)
	}
	f := fetcherIn(filepath.Join(cache, "gokmod"), pkg, debs.HostTools(progress))
	f.progress = progress
	return f, nil
}

// fetcherIn makes a fetcher for a cache with a directory for each suite.
func fetcherIn(dir, pkg string, run debs.Run) *fetcher {
	p := debs.Parse(pkg)
	if p.Suite != "" {
		dir = filepath.Join(dir, "suites", p.Source())
	}
	return &fetcher{pkg: p, series: series[pkg], dir: dir, run: run, lists: debs.NewLists(p, dir, run)}
}

// fetcher keeps the kernels of a package in dir.
type fetcher struct {
	pkg    debs.Package
	series string
	dir    string
	run    debs.Run
	lists  *debs.Lists

	progress io.Writer // may be nil
}

func (f *fetcher) fetch(ctx context.Context) (*Kernel, error) {
	var k *Kernel
	err := f.lists.Use(ctx, func() (err error) {
		k, err = f.current(ctx)
		return err
	})
	if err == nil || ctx.Err() != nil {
		return k, err
	}
	if f.pkg.Suite != "" || f.series != "" {
		if k := newestCached(f.dir, f.series); k != nil {
			f.note("using %s from the cache: %v", k.Release, err)
			return k, nil
		}
	}
	return nil, fmt.Errorf("vm: fetch kernel %s: %w", f.pkg.Name, err)
}

// note writes to progress.
func (f *fetcher) note(format string, args ...any) {
	if f.progress != nil {
		fmt.Fprintf(f.progress, "vm: "+format+"\n", args...)
	}
}

// current returns the kernel that apt has now.
func (f *fetcher) current(ctx context.Context) (*Kernel, error) {
	image, release, err := currentImage(ctx, f.lists, f.pkg.Name)
	if err != nil {
		return nil, err
	}
	if k, err := openKernel(filepath.Join(f.dir, release), release); err == nil {
		return k, nil
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := debs.Lock(ctx, filepath.Join(f.dir, release+".lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if k, err := openKernel(filepath.Join(f.dir, release), release); err == nil {
		return k, nil
	}
	k, err := f.unpack(ctx, image, release)
	if err != nil {
		return nil, err
	}
	return k, f.prune(release)
}

// prune removes the kernels that one of the same suite or series has replaced,
// so that the cache does not grow with the archive. Kernels of packages without
// a known series stay.
func (f *fetcher) prune(release string) error {
	if f.pkg.Suite == "" && f.series == "" {
		return nil
	}
	for _, k := range cached(f.dir) {
		if !inSeries(k.Release, f.series) || compareReleases(k.Release, release) >= 0 {
			continue
		}
		if err := errors.Join(os.RemoveAll(k.Dir), os.RemoveAll(f.symversFile(k.Release))); err != nil {
			return fmt.Errorf("vm: remove the replaced kernel: %w", err)
		}
	}
	return nil
}
