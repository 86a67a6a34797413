package debian

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// dpkgOptions are dpkg's options in a base: it need not survive a power failure, and
// nobody reads its manuals.
const dpkgOptions = `force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
`

// bootstrap makes the base in the directory root of a temporary one.
func (m *baseMaker) bootstrap(ctx context.Context, tmp, kernel string) error {
	archive, err := m.lists.Archive(ctx)
	if err != nil {
		return err
	}
	root := &Root{Dir: filepath.Join(tmp, "root")}
	if err := root.Write("/etc/dpkg/dpkg.cfg.d/test", dpkgOptions, 0o644); err != nil {
		return err
	}
	cmd := isolated(ctx, "", "debootstrap", "--variant=minbase", "--arch=amd64",
		"--include="+strings.Join(included, ","), m.suite, root.Dir, archive)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	if _, err := output(cmd); err != nil {
		return err
	}
	return m.unpackKernel(ctx, tmp, root, kernel)
}

// unpackKernel unpacks the kernel's package in a root as a package manager does, without
// configuring it.
func (m *baseMaker) unpackKernel(ctx context.Context, tmp string, root *Root, kernel string) error {
	files, err := m.lists.Download(ctx, tmp, kernel)
	if err != nil {
		return err
	}
	const place = "/kernel.deb"
	if err := os.Rename(files[0], filepath.Join(root.Dir, place)); err != nil {
		return err
	}
	if _, err := root.Run(ctx, "dpkg", "--unpack", place); err != nil {
		return err
	}
	return os.Remove(filepath.Join(root.Dir, place))
}
