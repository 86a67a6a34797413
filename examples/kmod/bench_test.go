package main

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kmodref"
)

// BenchmarkModinfo runs modinfo over all modules of a kernel in one process,
// alternating between kmod's and ours, and reports the ratio of our time to
// kmod's.
func BenchmarkModinfo(b *testing.B) {
	theirs := kmodref.Tool(b, "modinfo")
	ours := build(b)
	for _, tree := range kernelTrees(b) {
		b.Run(tree.release, func(b *testing.B) {
			modules := tree.modules(b)
			compareTime(b, append([]string{ours, "modinfo"}, modules...), append([]string{theirs}, modules...))
		})
	}
}

// BenchmarkModprobe measures a dry run of modprobe as a process.
func BenchmarkModprobe(b *testing.B) {
	theirs := kmodref.Tool(b, "modprobe")
	ours := build(b)
	for _, tree := range kernelTrees(b) {
		b.Run(tree.release, func(b *testing.B) {
			args := []string{"-d", tree.root, "-S", tree.release, "-n", "-v", "xfs"}
			compareTime(b, append([]string{ours, "modprobe"}, args...), append([]string{theirs}, args...))
		})
	}
}

// compareTime alternates between two commands. It reports the median times of
// the first and the second, and their ratio.
func compareTime(b *testing.B, ours, theirs []string) {
	var ourTimes, theirTimes []time.Duration
	for b.Loop() {
		ourTimes = append(ourTimes, runTime(b, ours))
		theirTimes = append(theirTimes, runTime(b, theirs))
	}
	our, their := median(ourTimes), median(theirTimes)
	b.ReportMetric(our.Seconds()*1000, "ms/gokmod")
	b.ReportMetric(their.Seconds()*1000, "ms/kmod")
	b.ReportMetric(float64(our)/float64(their), "of-kmod")
	b.ReportMetric(0, "ns/op")
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func runTime(b *testing.B, argv []string) time.Duration {
	start := time.Now()
	if err := exec.Command(argv[0], argv[1:]...).Run(); err != nil {
		b.Fatalf("%s: %v", argv[0], err)
	}
	return time.Since(start)
}
