package debs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Download downloads packages into a directory without other packages and returns their
// files.
func (l *Lists) Download(ctx context.Context, dir string, pkgs ...string) ([]string, error) {
	args := append([]string{"-q", "download"}, pkgs...)
	if _, err := l.run(ctx, dir, "apt-get", l.args(args...)...); err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(names) != len(pkgs) {
		return nil, errors.Join(fmt.Errorf("apt-get left %d packages, not %d", len(names), len(pkgs)), err)
	}
	return names, nil
}

// Unpack downloads packages and unpacks them below root. The packages
// themselves are kept meanwhile in tmp, a directory without other packages.
func (l *Lists) Unpack(ctx context.Context, tmp, root string, pkgs ...string) error {
	names, err := l.Download(ctx, tmp, pkgs...)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := l.run(ctx, tmp, "dpkg-deb", "-x", name, root); err != nil {
			return err
		}
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return linkLib(root)
}

// linkLib makes lib a link to usr/lib, as on an installed system, for packages
// with their modules there.
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
