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
// replaces the old one. Without the archive, the old one is used. The tools' output goes
// to progress, which may be nil.
func Prepare(ctx context.Context, suite string, progress io.Writer) (*Base, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	return newBaseMaker(filepath.Join(cache, "gokmod", "suites"), suite, debs.HostTools(progress)).prepare(ctx)
}

// baseMaker keeps the base of a suite in a directory.
type baseMaker struct {
	dir, suite string
	lists      *debs.Lists
	fill       func(ctx context.Context, tmp, kernel string) error // makes the directory root in tmp
}

// newBaseMaker returns the maker of a suite's base, with a directory for it in another.
func newBaseMaker(dir, suite string, run debs.Run) *baseMaker {
	pkg := debs.Package{Name: kernelPackage, Arch: "amd64", Suite: suite}
	m := &baseMaker{dir: filepath.Join(dir, pkg.Source()), suite: suite}
	m.lists = debs.NewLists(pkg, m.dir, run)
	m.fill = m.bootstrap
	return m
}

func (m *baseMaker) prepare(ctx context.Context) (*Base, error) {
	var b *Base
	err := m.lists.Use(ctx, func() (err error) {
		b, err = m.current(ctx)
		return err
	})
	if err == nil {
		return b, nil
	}
	if old := m.cached(); old != nil && ctx.Err() == nil {
		return old, nil
	}
	return nil, fmt.Errorf("make a root of Debian %s: %w", m.suite, err)
}

// cached returns the base that is there, or nil.
func (m *baseMaker) cached() *Base {
	names, _ := filepath.Glob(filepath.Join(m.dir, basePrefix+"*"))
	for _, name := range names {
		if !strings.HasPrefix(filepath.Base(name), tmpPrefix) {
			return &Base{Suite: m.suite, dir: name}
		}
	}
	return nil
}

// basePrefix begins the names of the bases' directories, tmpPrefix those of unfinished
// ones.
const (
	basePrefix = "debian-"
	tmpPrefix  = basePrefix + "tmp-"
)

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
	return m.replace(ctx, final, kernel)
}

// replace makes a new base in the place of the old one.
func (m *baseMaker) replace(ctx context.Context, final, kernel string) (*Base, error) {
	if err := m.remove(tmpPrefix); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp(m.dir, tmpPrefix)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	if err := m.fill(ctx, tmp, kernel); err != nil {
		return nil, err
	}
	root, now := filepath.Join(tmp, "root"), time.Now()
	if err := os.Chtimes(root, now, now); err != nil {
		return nil, err
	}
	if err := m.remove(basePrefix + "[0-9a-f]"); err != nil {
		return nil, err
	}
	return &Base{Suite: m.suite, dir: final}, os.Rename(root, final)
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

// remove removes the directories with names that begin with a pattern.
func (m *baseMaker) remove(pattern string) error {
	old, err := filepath.Glob(filepath.Join(m.dir, pattern+"*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range old {
		errs = append(errs, os.RemoveAll(name))
	}
	return errors.Join(errs...)
}
