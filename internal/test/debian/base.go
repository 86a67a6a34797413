package debian

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// kernelPackage is the package that depends on the current kernel.
const kernelPackage = "linux-image-amd64"

// included are the packages of a base besides the smallest system.
var included = []string{"systemd", "systemd-sysv", "udev", "kmod", "initramfs-tools", "linux-base", "dbus", "zstd"}

// Base is a root of a suite with its kernel's package unpacked but not configured:
// neither depmod nor the generator of initial RAM disks has run.
type Base struct {
	Suite string
	dir   string
}

// baseAge is how old a base may be, because not every package's version is asked for.
const baseAge = 30 * 24 * time.Hour

// Prepare returns the base of a suite. It is taken from the user's cache, unless one of
// the packages that matter here has a new version there; then it is made anew and
// replaces the old one. The tools' output goes to progress, which may be nil.
func Prepare(ctx context.Context, suite string, progress io.Writer) (*Base, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	pkg := debs.Package{Name: kernelPackage, Arch: "amd64", Suite: suite}
	m := &baseMaker{dir: filepath.Join(cache, "gokmod", "suites", pkg.Source()), suite: suite, progress: progress}
	m.lists = debs.NewLists(pkg, m.dir, debs.HostTools(progress))
	var b *Base
	err = m.lists.Use(ctx, func() (err error) {
		b, err = m.current(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make a root of Debian %s: %w", suite, err)
	}
	return b, nil
}

// baseMaker keeps the bases of a suite in a directory.
type baseMaker struct {
	dir, suite string
	lists      *debs.Lists
	progress   io.Writer
}

// basePrefix begins the names of the bases' directories.
const basePrefix = "debian-"

// current returns the base with the packages that the archive has now.
func (m *baseMaker) current(ctx context.Context) (*Base, error) {
	kernel, err := m.kernel(ctx)
	if err != nil {
		return nil, err
	}
	key, err := m.key(ctx, kernel)
	if err != nil {
		return nil, err
	}
	unlock, err := debs.Lock(ctx, filepath.Join(m.dir, "debian.lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	final := filepath.Join(m.dir, basePrefix+key)
	if info, err := os.Stat(final); err == nil && time.Since(info.ModTime()) < baseAge {
		return &Base{Suite: m.suite, dir: final}, nil
	}
	if err := m.removeAll(); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(m.dir, basePrefix+"tmp-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	if err := m.bootstrap(ctx, tmp, kernel); err != nil {
		return nil, err
	}
	if err := os.Rename(filepath.Join(tmp, "root"), final); err != nil {
		return nil, err
	}
	now := time.Now()
	return &Base{Suite: m.suite, dir: final}, os.Chtimes(final, now, now)
}

// kernel returns the name of the package with the kernel.
func (m *baseMaker) kernel(ctx context.Context) (string, error) {
	names, err := m.lists.Depends(ctx, kernelPackage)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		if strings.HasPrefix(name, "linux-image-") {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s depends on no kernel but %q", kernelPackage, names)
}

// key stands for the versions of the packages that matter here, and for the way in
// which the base is made.
func (m *baseMaker) key(ctx context.Context, kernel string) (string, error) {
	sum := sha256.New()
	fmt.Fprint(sum, dpkgOptions)
	for _, name := range append([]string{kernel, "libc6", "libkmod2", "dpkg"}, included...) {
		version, err := m.lists.Version(ctx, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, name, version)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}

// removeAll removes the bases that a new one will replace, and what an interrupted
// attempt left.
func (m *baseMaker) removeAll() error {
	old, err := filepath.Glob(filepath.Join(m.dir, basePrefix+"*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range old {
		errs = append(errs, os.RemoveAll(name))
	}
	return errors.Join(errs...)
}
