package moddir

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/tree"
)

// ErrRelease means that a release cannot be the name of a directory.
var ErrRelease = errors.New("not a kernel release")

// Place returns the kernel release and its module directory in a tree. The latter is
// moduleDir or, if that is "", the release's; the release is the given one, or the last
// element of moduleDir, or the running kernel's.
func Place(t *tree.Tree, release, moduleDir string) (string, string, error) {
	if moduleDir != "" {
		dir, ok := tree.Below(moduleDir)
		if !ok {
			return "", "", fmt.Errorf("module directory %s: %w", moduleDir, tree.ErrOutside)
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
	return release, Merged(t, Of(release)), nil
}

func checkRelease(release string) error {
	if release == "." || release == ".." || strings.ContainsAny(release, "/\x00") {
		return fmt.Errorf("find the modules of %q: %w", release, ErrRelease)
	}
	return nil
}

// Of is the module directory of a kernel release, in a tree that does not have it yet.
func Of(release string) string { return All + "/" + release }

// Merged returns the place of a directory below /lib in a tree: below /usr/lib if
// only that exists.
func Merged(t *tree.Tree, dir string) string {
	if merged := "usr/" + dir; !t.IsDir(dir) && t.IsDir(merged) {
		return merged
	}
	return dir
}
