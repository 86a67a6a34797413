package main

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkModinfo runs modinfo over all modules of a kernel in one process,
// kmod's and ours in turns, and reports how much of kmod's time ours takes.
func BenchmarkModinfo(b *testing.B) {
	theirs := referenceTool(b, "modinfo")
	ours := build(b)
	for _, tree := range kernelTrees(b) {
		b.Run(tree.release, func(b *testing.B) {
			modules := tree.modules(b)
			compareTime(b, append([]string{ours, "modinfo"}, modules...), append([]string{theirs}, modules...))
		})
	}
}

// BenchmarkModprobe is what a dry run of modprobe takes as a process.
func BenchmarkModprobe(b *testing.B) {
	theirs := referenceTool(b, "modprobe")
	ours := build(b)
	for _, tree := range kernelTrees(b) {
		b.Run(tree.release, func(b *testing.B) {
			args := []string{"-d", tree.root, "-S", tree.release, "-n", "-v", "xfs"}
			compareTime(b, append([]string{ours, "modprobe"}, args...), append([]string{theirs}, args...))
		})
	}
}

// build makes the tool as its users do.
func build(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "kmod")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		b.Fatalf("build the tool: %v\n%s", err, out)
	}
	return path
}

// compareTime runs two commands in turns. It reports the time of the first, of
// the second, and their ratio.
func compareTime(b *testing.B, ours, theirs []string) {
	var ourTime, theirTime time.Duration
	for b.Loop() {
		ourTime += runTime(b, ours)
		theirTime += runTime(b, theirs)
	}
	b.ReportMetric(ourTime.Seconds()*1000/float64(b.N), "ms/gokmod")
	b.ReportMetric(theirTime.Seconds()*1000/float64(b.N), "ms/kmod")
	b.ReportMetric(float64(ourTime)/float64(theirTime), "of-kmod")
	b.ReportMetric(0, "ns/op")
}

func runTime(b *testing.B, argv []string) time.Duration {
	start := time.Now()
	if err := exec.Command(argv[0], argv[1:]...).Run(); err != nil {
		b.Fatalf("%s: %v", argv[0], err)
	}
	return time.Since(start)
}
