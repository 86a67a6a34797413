package vmtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// unpack downloads and prepares a kernel in a folder of its own and moves it
// into place as the last step. A half-made kernel that lies there is replaced.
func (f *fetcher) unpack(ctx context.Context, image, release string) (*Kernel, error) {
	tmp, err := os.MkdirTemp(f.dir, release+".tmp-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	root := filepath.Join(tmp, "root")
	if err := f.unpackPackages(ctx, tmp, root, image, release); err != nil {
		return nil, err
	}
	if err := linkLib(root); err != nil {
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

// downloadArgs let apt-get download packages into a folder of ours. When root
// calls it, it would hand the download to a user of its own, who cannot write
// there, and warn that it does not.
var downloadArgs = [...]string{"-q", "-o", "APT::Sandbox::User=root", "download"}

// unpackPackages downloads the image with the packages that hold the rest of
// that kernel and unpacks them into root.
func (f *fetcher) unpackPackages(ctx context.Context, tmp, root, image, release string) error {
	listing, err := f.run(ctx, tmp, "apt-cache", "depends", image)
	if err != nil {
		return err
	}
	return f.unpackDebs(ctx, tmp, root, append([]string{image}, parseParts(image, release, listing)...))
}

// unpackDebs downloads packages to tmp and unpacks them into root.
func (f *fetcher) unpackDebs(ctx context.Context, tmp, root string, pkgs []string) error {
	if _, err := f.run(ctx, tmp, "apt-get", slices.Concat(downloadArgs[:], pkgs)...); err != nil {
		return err
	}
	debs, err := filepath.Glob(filepath.Join(tmp, "*.deb"))
	if err != nil || len(debs) != len(pkgs) {
		return errors.Join(fmt.Errorf("apt-get left %d packages, not %d", len(debs), len(pkgs)), err)
	}
	for _, deb := range debs {
		if _, err := f.run(ctx, tmp, "dpkg-deb", "-x", deb, root); err != nil {
			return err
		}
	}
	return nil
}

// linkLib lets lib lead to usr/lib, as on an installed system, for packages
// that keep the modules there.
func linkLib(root string) error {
	if _, err := os.Stat(filepath.Join(root, "usr/lib/modules")); err != nil {
		return nil
	}
	err := os.Symlink("usr/lib", filepath.Join(root, "lib"))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
