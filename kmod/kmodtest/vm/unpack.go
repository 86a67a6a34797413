package vm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// unpack downloads and prepares a kernel in a temporary directory and moves it
// into place as the last step. A half-made kernel there is replaced.
func (f *fetcher) unpack(ctx context.Context, image, release string) (*Kernel, error) {
	tmp, err := os.MkdirTemp(f.dir, release+".tmp-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	root := filepath.Join(tmp, "root")
	names, err := f.lists.Depends(ctx, image)
	if err != nil {
		return nil, err
	}
	pkgs := append([]string{image}, findParts(image, release, names)...)
	if err := f.lists.Unpack(ctx, tmp, root, pkgs...); err != nil {
		return nil, err
	}
	if err := dropExtras(root, release); err != nil {
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

// dropExtras removes files that the cache need not hold: documentation, and the
// descriptions of boards for ARM kernels.
func dropExtras(root, release string) error {
	return errors.Join(
		os.RemoveAll(filepath.Join(root, "usr/share")),
		os.RemoveAll(filepath.Join(root, "usr/lib/linux-image-"+release)),
	)
}
