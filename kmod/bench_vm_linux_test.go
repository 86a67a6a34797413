package kmod_test

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// referenceInGuest is where the guest has kmod's own program.
const referenceInGuest = "/usr/bin/kmod"

// loadVariants are the loaders that are measured.
var loadVariants = map[string]kmod.LoaderConfig{
	"default":         {},
	"serial":          {Parallel: 1},
	"parallel2":       {Parallel: 2},
	"parallel16":      {Parallel: 16},
	"kernel-unpacks":  {Unpack: kmod.UnpackKernel},
	"kernel-unpacks2": {Unpack: kmod.UnpackKernel, Parallel: 2},
}

// BenchmarkGuestLoad loads the set, in a kernel that was just booted.
func BenchmarkGuestLoad(b *testing.B) {
	vm.RequireGuest(b)
	set := scaleSet(b, dbtest.Open(b, nil))
	b.Run("modprobe", func(b *testing.B) {
		for b.Loop() {
			cmd := exec.Command(referenceInGuest)
			cmd.Args = append([]string{"modprobe", "-a"}, set...)
			said, err := cmd.CombinedOutput()
			if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
				b.Fatal(err)
			}
			b.Logf("modprobe: %v\n%s", err, said)
		}
		countLoaded(b)
	})
	for name, cfg := range loadVariants {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := loadAll(b.Context(), kmod.NewLoader(dbtest.Open(b, nil), &cfg), set)
				b.Log(err)
			}
			countLoaded(b)
		})
	}
}

// countLoaded reports how many modules are in the kernel.
func countLoaded(b *testing.B) {
	loaded := inKernel(b, kmod.NewLoader(nil, nil))
	b.ReportMetric(float64(len(loaded)), "modules")
}

// BenchmarkVMLoad loads the set in real kernels, once with kmod's modprobe and once
// with a Loader, each after a separate boot of the same image, and reports the medians
// of both times and their ratio. Run it as
//
//	go test -run '^$' -bench VMLoad/6.12/default -benchtime 3x ./kmod
func BenchmarkVMLoad(b *testing.B) {
	reference, err := exec.LookPath("modprobe")
	if err == nil {
		reference, err = filepath.EvalSymlinks(reference)
	}
	if err != nil {
		b.Skip(err)
	}
	for _, k := range vm.Kernels(b, kernels.Usual()...) {
		b.Run(k.Release, func(b *testing.B) {
			for name := range loadVariants {
				b.Run(name, func(b *testing.B) {
					var ours, theirs []time.Duration
					for b.Loop() {
						theirs = append(theirs, loadTime(b, k, reference, "modprobe"))
						ours = append(ours, loadTime(b, k, reference, name))
					}
					b.ReportMetric(median(ours).Seconds(), "s")
					b.ReportMetric(median(theirs).Seconds(), "s-modprobe")
					b.ReportMetric(median(ours).Seconds()/median(theirs).Seconds(), "of-modprobe")
				})
			}
		})
	}
}

// guestTime finds the time in the line of a benchmark that ran in a guest.
var guestTime = regexp.MustCompile(`(?m)^BenchmarkGuestLoad/\S+\s+1\s+(\d+) ns/op\s+(\d+)\.?\d* modules`)

// loadTime boots a kernel and has a benchmark in it load the set.
func loadTime(b *testing.B, k *vm.Kernel, reference, variant string) time.Duration {
	b.Helper()
	result, err := vm.Run(context.Background(), k, &vm.Config{
		ModuleDirs: scaleDirs,
		Files:      []vm.File{{Guest: referenceInGuest, Host: reference, Mode: 0o755}},
		Args:       []string{"-test.run=^$", "-test.benchtime=1x", "-test.bench=^BenchmarkGuestLoad$/^" + variant + "$"},
		Timeout:    10 * time.Minute,
	})
	if err != nil {
		b.Fatal(err)
	}
	found := guestTime.FindSubmatch(result.Output)
	if found == nil {
		b.Fatalf("the guest's benchmark said\n%s", result.Output)
	}
	took, err := time.ParseDuration(string(found[1]) + "ns")
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%s: %v, %s modules", variant, took.Round(time.Millisecond), strings.TrimSpace(string(found[2])))
	return took
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
