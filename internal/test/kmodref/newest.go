package kmodref

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/debs"
)

// suite is the suite with the newest kmod.
const suite = "sid"

// opened matches the libraries that libkmod opens for compressed modules; its
// package does not depend on them.
const opened = `^(liblzma[0-9.]+|libzstd[0-9.]+|zlib[0-9.]+g)(t64)?$`

// tools are the names by which kmod is called.
var tools = [...]string{"depmod", "insmod", "kmod", "lsmod", "modinfo", "modprobe", "rmmod"}

// Newest returns the path of one of the tools of the newest kmod, that of
// Debian's next release, which differs in places from the installed one. It is
// fetched into the user's cache, and runs with the libraries that it was built
// for. Without it the test is skipped, or fails as for Tool, unless the archive
// does not have the suite. Short tests fetch nothing, but use it if it is there.
func Newest(t testing.TB, name string) string {
	t.Helper()
	root, err := lookNewest()
	switch {
	case errors.Is(err, debs.ErrNotServed), errors.Is(err, errShort):
		t.Skip(err)
	case err != nil:
		Absent(t, "the newest kmod is not available: "+err.Error())
	}
	return filepath.Join(root, "tools", name)
}

// fetchLimit bounds the download, which has some megabytes.
const fetchLimit = 5 * time.Minute

// errShort means that the tools would have to be fetched.
var errShort = errors.New("the newest kmod is not fetched in short mode")

// lookNewest returns the directory with the newest kmod.
var lookNewest = sync.OnceValues(func() (string, error) {
	n, err := newestInCache()
	if err != nil {
		return "", err
	}
	if testing.Short() {
		return n.cached(errShort)
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
	defer cancel()
	return n.fetch(ctx)
})

// NewestArgv returns the words that start one of the tools of the newest kmod, without
// the script of that name, for measurements. What is in the cache need not be fetched.
func NewestArgv(ctx context.Context, name string) ([]string, error) {
	n, err := newestInCache()
	if err != nil {
		return nil, err
	}
	root, err := n.cached(os.ErrNotExist)
	if err != nil {
		if root, err = n.fetch(ctx); err != nil {
			return nil, err
		}
	}
	loader, libraries, err := findLoader(root)
	if err != nil {
		return nil, err
	}
	return []string{loader, "--argv0", name, "--library-path", libraries, filepath.Join(root, program)}, nil
}

// newestInCache is the newest kmod for this machine, in the user's cache.
func newestInCache() (*newest, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	pkg := debs.Package{Name: "kmod", Arch: runtime.GOARCH, Suite: suite}
	return newNewest(pkg, filepath.Join(cache, "gokmod", "suites", pkg.Source()), debs.HostTools(nil)), nil
}

// newest keeps kmod with its libraries in a directory.
type newest struct {
	dir   string
	lists *debs.Lists
}

func newNewest(pkg debs.Package, dir string, run debs.Run) *newest {
	return &newest{dir, debs.NewLists(pkg, dir, run)}
}

// prefix begins the names of the directories for versions of kmod.
const prefix = "kmod-"

// fetch returns the current version, or else the cached one.
func (n *newest) fetch(ctx context.Context) (root string, err error) {
	err = n.lists.Use(ctx, func() (err error) {
		root, err = n.current(ctx)
		return err
	})
	if err != nil {
		return n.cached(err)
	}
	return root, nil
}

// cached returns the cached version, or an error.
func (n *newest) cached(otherwise error) (string, error) {
	if there, _ := filepath.Glob(filepath.Join(n.dir, prefix+"*", "tools")); len(there) > 0 {
		return filepath.Dir(there[len(there)-1]), nil
	}
	return "", otherwise
}

// current returns the version that apt has now.
func (n *newest) current(ctx context.Context) (string, error) {
	version, err := n.lists.Version(ctx, "kmod")
	if err != nil {
		return "", err
	}
	final := filepath.Join(n.dir, prefix+strings.ReplaceAll(version, "/", "_"))
	unlock, err := debs.Lock(ctx, filepath.Join(n.dir, "kmod.lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	return final, n.unpack(ctx, final)
}

// unpack replaces the cached version of kmod.
func (n *newest) unpack(ctx context.Context, final string) error {
	tmp, err := os.MkdirTemp(n.dir, ".kmod-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	libraries, err := n.lists.Search(ctx, opened)
	if err != nil {
		return err
	}
	pkgs, err := n.lists.Closure(ctx, append(libraries, "kmod")...)
	if err != nil {
		return err
	}
	root := filepath.Join(tmp, "root")
	if err := n.lists.Unpack(ctx, tmp, root, pkgs...); err != nil {
		return err
	}
	if err := writeTools(root); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(n.dir, prefix+"*"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	return os.Rename(root, final)
}

// program is kmod's program below its root.
const program = "usr/bin/kmod"

// script runs kmod under a name with the dynamic loader and the libraries below
// its root, wherever that is.
const script = `#!/bin/sh
root=${0%%/*}/..
exec "$root/%s" --argv0 %s --library-path "$root/%s" "$root/` + program + `" "$@"
`

// findLoader finds the dynamic loader below a root, and the directory with the
// libraries.
func findLoader(root string) (loader, libraries string, err error) {
	loaders, err := filepath.Glob(filepath.Join(root, "usr/lib/*/ld-linux*.so.*"))
	if err != nil || len(loaders) != 1 {
		return "", "", errors.Join(fmt.Errorf("libc's package has %d dynamic loaders", len(loaders)), err)
	}
	return loaders[0], filepath.Dir(loaders[0]), nil
}

// writeTools writes a script for each tool.
func writeTools(root string) error {
	loader, _, err := findLoader(root)
	if err != nil {
		return err
	}
	if loader, err = filepath.Rel(root, loader); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(root, "tools"), 0o755); err != nil {
		return err
	}
	for _, name := range tools {
		text := fmt.Sprintf(script, loader, name, filepath.Dir(loader))
		if err := os.WriteFile(filepath.Join(root, "tools", name), []byte(text), 0o755); err != nil {
			return err
		}
	}
	return nil
}
