package debs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Unpack downloads packages and unpacks them below root. The packages
// themselves are kept meanwhile in tmp, a directory without other packages.
func (l *Lists) Unpack(ctx context.Context, tmp, root string, pkgs ...string) error {
	args := append([]string{"-q", "download"}, pkgs...)
	if _, err := l.run(ctx, tmp, "apt-get", l.args(args...)...); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(tmp, "*.deb"))
	if err != nil || len(names) != len(pkgs) {
		return errors.Join(fmt.Errorf("apt-get left %d packages, not %d", len(names), len(pkgs)), err)
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
