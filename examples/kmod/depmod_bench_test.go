//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// BenchmarkDepmod indexes the modules of a kernel, alternating between kmod's
// depmod and ours, each in a copy of the tree. It reports medians, the ratio of
// our time to kmod's, by the clock and of processors, which says more on a busy
// machine, and the largest memory of both; and the ratio with a cache file after
// one module was touched. Run it with
//
//	go test -run '^$' -bench Depmod -benchtime 7x ./examples/kmod
func BenchmarkDepmod(b *testing.B) {
	theirs := kmodref.Tool(b, "depmod")
	ours := build(b)
	for _, tree := range kernelTrees(b) {
		b.Run(tree.release, func(b *testing.B) {
			compareDepmod(b, tree, ours, theirs, linkTree)
		})
		if strings.HasPrefix(tree.release, "6.1.") {
			b.Run(tree.release+".zst", func(b *testing.B) {
				compareDepmod(b, tree, ours, theirs, zstdTree)
			})
		}
	}
}

func compareDepmod(b *testing.B, tree kernelTree, ours, theirs string, copyTree func(tb testing.TB, from, to string)) {
	ourRoot, theirRoot := b.TempDir(), b.TempDir()
	copyTree(b, tree.dir(), filepath.Join(ourRoot, "lib/modules", tree.release))
	linkTree(b, filepath.Join(ourRoot, "lib/modules", tree.release), filepath.Join(theirRoot, "lib/modules", tree.release))
	touch := ownCopy(b, filepath.Join(ourRoot, "lib/modules", tree.release))
	cache := filepath.Join(b.TempDir(), "cache")
	var our, their, again, first usage
	first.add(b, ours, "depmod", "--cache", cache, "-b", ourRoot, tree.release)
	for b.Loop() {
		our.add(b, ours, "depmod", "-b", ourRoot, tree.release)
		their.add(b, theirs, "-b", theirRoot, tree.release)
		touch()
		again.add(b, ours, "depmod", "--cache", cache, "-b", ourRoot, tree.release)
	}
	b.ReportMetric(median(our.times).Seconds()*1000, "ms/gokmod")
	b.ReportMetric(median(their.times).Seconds()*1000, "ms/kmod")
	b.ReportMetric(float64(median(our.times))/float64(median(their.times)), "of-kmod")
	b.ReportMetric(float64(median(again.times))/float64(median(their.times)), "touched-of-kmod")
	b.ReportMetric(float64(median(our.cpu))/float64(median(their.cpu)), "cpu-of-kmod")
	b.ReportMetric(float64(max(our.memory, first.memory, again.memory))/1e6, "MB/gokmod")
	b.ReportMetric(float64(their.memory)/1e6, "MB/kmod")
	b.ReportMetric(0, "ns/op")
}

// usage is the resources used by runs of a tool.
type usage struct {
	times  []time.Duration
	cpu    []time.Duration // of all processors
	memory int64           // bytes, of the largest run
}

func (u *usage) add(b *testing.B, argv ...string) {
	cmd := exec.Command(argv[0], argv[1:]...)
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%q: %v\n%s", argv, err, out)
	}
	u.times = append(u.times, time.Since(start))
	u.cpu = append(u.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.memory = max(u.memory, int64(r.Maxrss)<<10)
	}
}

// ownCopy gives one module of a directory a file of its own, and returns a
// function that sets the file's time to now.
func ownCopy(b *testing.B, dir string) (touch func()) {
	b.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "kernel/fs/xfs/xfs.ko*"))
	if err != nil || len(paths) != 1 {
		b.Fatalf("modules of xfs: %q, %v", paths, err)
	}
	data, err := os.ReadFile(paths[0])
	if err != nil {
		b.Fatal(err)
	}
	if err := os.Remove(paths[0]); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(paths[0], data, 0o644); err != nil {
		b.Fatal(err)
	}
	return func() {
		now := time.Now()
		if err := os.Chtimes(paths[0], now, now); err != nil {
			b.Fatal(err)
		}
	}
}

// zstdTree is linkTree with all modules compressed.
func zstdTree(tb testing.TB, from, to string) {
	tb.Helper()
	tool, err := exec.LookPath("zstd")
	if err != nil {
		tb.Skip(err)
	}
	linkTree(tb, from, to)
	if out, err := exec.Command(tool, "-q", "-r", "--rm", filepath.Join(to, "kernel")).CombinedOutput(); err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
}
