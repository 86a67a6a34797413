package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// measureDepmod indexes the modules of a kernel, each contender in a copy of the tree.
// Modules may be packed before.
func measureDepmod(pick picker, packed string) func(context.Context, *lab, int) (*measurement, error) {
	return func(ctx context.Context, l *lab, rounds int) (*measurement, error) {
		k, err := pick(l)
		if err != nil {
			return nil, err
		}
		first, err := l.copyTree(ctx, k.ModuleDir(), k.Release, packed)
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(first)
		uses, err := l.raceToolsIn(ctx, rounds, "depmod", func(string) ([]string, func() error, error) {
			root, err := l.copyTree(ctx, filepath.Join(first, moduleDir, k.Release), k.Release, "")
			return []string{"-b", root, k.Release}, nil, err
		})
		if err != nil {
			return nil, err
		}
		m := &measurement{
			what:       fmt.Sprintf("`depmod` of %s, %s", seriesOf(k), cmp.Or(packed, packing(k))),
			quantities: []quantity{timeOf("time", uses)},
		}
		if memory, known := memoryOf(uses); known {
			m.quantities = append(m.quantities, memory)
		}
		return m, nil
	}
}

// measureCache indexes the modules of kernels after one of them was touched, with a
// cache file from before. The peers have no such thing.
func measureCache(ctx context.Context, l *lab, rounds int) (*measurement, error) {
	m := &measurement{what: "`depmod --cache` after one module was touched"}
	for _, pick := range []picker{pick61, pick612} {
		k, err := pick(l)
		if err != nil {
			return nil, err
		}
		uses, err := l.raceCache(ctx, rounds, k)
		if err != nil {
			return nil, err
		}
		m.quantities = append(m.quantities, timeOf(seriesOf(k), uses))
	}
	return m, nil
}

func (l *lab) raceCache(ctx context.Context, rounds int, k *vm.Kernel) ([]use, error) {
	return l.raceToolsIn(ctx, rounds, "depmod", func(contender string) ([]string, func() error, error) {
		root, err := l.copyTree(ctx, k.ModuleDir(), k.Release, "")
		if err != nil || contender != ourName {
			return []string{"-b", root, k.Release}, nil, err
		}
		touch, err := ownCopy(filepath.Join(root, moduleDir, k.Release))
		return []string{"--cache", filepath.Join(root, "cache"), "-b", root, k.Release}, touch, err
	})
}

// moduleDir is the directory below a root with those of all releases.
const moduleDir = "lib/modules"

// packing says how the modules of a kernel are packed.
func packing(k *vm.Kernel) string {
	if found, _ := filepath.Glob(filepath.Join(k.ModuleDir(), "kernel/fs/xfs/xfs.ko.xz")); len(found) > 0 {
		return "xz"
	}
	return "plain"
}

// copyTree makes a root with a copy of a module directory, and packs the modules there
// if that is asked for.
func (l *lab) copyTree(ctx context.Context, dir, release, packed string) (root string, err error) {
	if root, err = l.scratch(); err != nil {
		return "", err
	}
	to := filepath.Join(root, moduleDir, release)
	if err := modtest.LinkTree(dir, to); err != nil || packed == "" {
		return root, err
	}
	cmd := exec.CommandContext(ctx, "zstd", "-q", "-r", "--rm", filepath.Join(to, "kernel"))
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("zstd: %w %s", err, out)
	}
	return root, nil
}

// ownCopy gives one module of a directory a file of its own, and returns a function that
// sets the file's time to now.
func ownCopy(dir string) (touch func() error, err error) {
	paths, err := filepath.Glob(filepath.Join(dir, "kernel/fs/xfs/xfs.ko*"))
	if err != nil || len(paths) != 1 {
		return nil, fmt.Errorf("modules of xfs: %q, %w", paths, cmp.Or(err, os.ErrNotExist))
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		return nil, err
	}
	if err := os.Remove(paths[0]); err != nil {
		return nil, err
	}
	if err := os.WriteFile(paths[0], data, 0o644); err != nil {
		return nil, err
	}
	return func() error {
		now := time.Now()
		return os.Chtimes(paths[0], now, now)
	}, nil
}
