package kmod

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/internal/tree"
)

// RunningRelease returns the release of the running kernel, such as "6.12.8-amd64", as
// "uname -r" prints it. On systems other than Linux the error wraps
// errors.ErrUnsupported.
func RunningRelease() (string, error) { return sys.Release() }

// moduleRoots are the directories that hold the module directories of all releases.
var moduleRoots = [...]string{moddir.All, "usr/" + moddir.All}

// Releases lists the kernel releases that have a module directory, in byte order: the
// directories in lib/modules and usr/lib/modules, links to directories included. They
// need not have modules or indexes; a DB of the release tells. Of the configuration,
// only Root, HostLinks and FS count; nil means this machine. The error wraps
// [ErrNoModuleDir] if neither of the two directories exists.
func Releases(cfg *Config) ([]string, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	t, err := tree.Of(cfg.FS, cfg.Root, cfg.HostLinks)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	var names []string
	found := false
	for _, dir := range moduleRoots {
		below, err := moddir.Releases(t, dir, math.MaxInt)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, openfile.ErrNotDir) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list the releases in %s: %w", t.Show(dir), openfile.Cause(err))
		}
		found = true
		names = append(names, below...)
	}
	if !found {
		return nil, reason.New("there is neither "+t.Show(moduleRoots[0])+" nor "+t.Show(moduleRoots[1]), ErrNoModuleDir)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
