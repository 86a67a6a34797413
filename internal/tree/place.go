package tree

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/sys"
)

// ErrRelease: a release cannot be the name of a directory.
var ErrRelease = errors.New("not a kernel release")

// Place finds the kernel release that is meant, and its module directory. The
// latter is moduleDir, or where that is "" the release's; the release is that
// given, or the last element of moduleDir, or the running kernel's.
func (t *Tree) Place(release, moduleDir string) (string, string, error) {
	if moduleDir != "" {
		dir, ok := Below(moduleDir)
		if !ok {
			return "", "", fmt.Errorf("module directory %s: %w", moduleDir, ErrOutside)
		}
		if release == "" {
			release = path.Base(dir)
		}
		return release, dir, checkRelease(release)
	}
	if release == "" {
		running, err := sys.Release()
		if err != nil {
			return "", "", fmt.Errorf("find the running kernel's release: %w", err)
		}
		release = running
	}
	if err := checkRelease(release); err != nil {
		return "", "", err
	}
	return release, t.moduleDir(release), nil
}

func checkRelease(release string) error {
	if release == "." || release == ".." || strings.ContainsAny(release, "/\x00") {
		return fmt.Errorf("find the modules of %q: %w", release, ErrRelease)
	}
	return nil
}

// moduleDir is the module directory of a kernel release: lib/modules/RELEASE,
// or usr/lib/modules/RELEASE where only that exists.
func (t *Tree) moduleDir(release string) string {
	dir := "lib/modules/" + release
	if merged := "usr/" + dir; !t.IsDir(dir) && t.IsDir(merged) {
		return merged
	}
	return dir
}
