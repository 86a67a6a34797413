package kmod_test

import (
	"context"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// TestGuestScaleLoad loads all modules of the set in one call and removes them
// in another.
func TestGuestScaleLoad(t *testing.T) {
	loader := guestLoader(t)
	set := scaleSet(t, loader.DB())
	before := inKernel(t, loader)
	result, err := loadAll(t.Context(), loader, set)
	if result == nil {
		t.Fatal(err)
	}
	live := inKernel(t, loader)
	failed := checkSteps(t, result, live)
	if loaded := len(live) - len(before); loaded < minScale || loaded != len(result.Inserted()) {
		t.Errorf("%d modules more than before, %d inserted", loaded, len(result.Inserted()))
	}
	t.Logf("%d modules asked for, %d inserted, %d failed by themselves: %v", len(set), len(result.Inserted()), failed, err)
	removeAll(t, loader, before)
}

// checkSteps compares a result with what is in the kernel, and returns how many
// steps did not succeed.
func checkSteps(t *testing.T, result *kmod.Result, live map[string]live.LoadedModule) int {
	t.Helper()
	failed := 0
	for _, step := range result.Steps {
		name := step.Step.Module.Name
		_, isLive := live[name]
		switch step.Outcome {
		case kmod.OutcomeInserted, kmod.OutcomeLive:
			if !isLive || step.Err != nil {
				t.Errorf("%s is %v, %v, but in the kernel: %v", name, step.Outcome, step.Err, isLive)
			}
		case kmod.OutcomeFailed, kmod.OutcomeNotReached:
			if isAbsentSoft(&step) {
				break
			}
			failed++
			if isLive || !fromInit(step.Err) {
				t.Errorf("%s is %v: %v; in the kernel: %v", name, step.Outcome, step.Err, isLive)
			}
		case kmod.OutcomeNotNeeded, kmod.OutcomeBuiltin, kmod.OutcomeSkipped:
		default:
			t.Errorf("%s is %v, %v", name, step.Outcome, step.Err)
		}
	}
	return failed
}

// maxPinned is how many modules the kernel may pin for good, as it does with the random
// number generator (drbg) that it once chose as the default.
const maxPinned = 5

// removeAll removes what was not there before, in one call.
func removeAll(t *testing.T, loader *kmod.Loader, before map[string]live.LoadedModule) {
	t.Helper()
	live := inKernel(t, loader)
	var modules []string
	for _, name := range sortedNames(live) {
		if _, old := before[name]; !old {
			modules = append(modules, name)
		}
	}
	result, err := loader.Unload(context.Background(), &kmod.UnloadOptions{KeepGoing: true}, modules...)
	after := inKernel(t, loader)
	var left []string
	for _, name := range modules {
		if m, ok := after[name]; ok {
			left = append(left, name)
			if m.Refcount == 0 {
				t.Errorf("%s is left, though nothing uses it", name)
			}
		}
	}
	if (err != nil) != (len(left) > 0) || len(left) > maxPinned {
		t.Errorf("%d of %d modules are left: %q, %v", len(left), len(modules), left, err)
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			t.Errorf("%s went too", name)
		}
	}
	if removed := result.Removed(); len(removed) != len(live)-len(after) {
		t.Errorf("%d removed, but there are %d instead of %d", len(removed), len(after), len(live))
	}
}

// rounds is how often TestGuestScaleRounds loads and unloads.
const rounds = 500

// roundModules are small, as the kernel checks a signature in each round. The
// second needs the first.
var roundModules = []string{"authenc", "authencesn"}

// TestGuestScaleRounds loads and unloads a few modules again and again: nothing
// piles up.
func TestGuestScaleRounds(t *testing.T) {
	loader := guestLoader(t)
	before := sortedNames(inKernel(t, loader))
	round := func() {
		if inserted := load(t, loader, roundModules[1]).Inserted(); !slices.Equal(inserted, roundModules) {
			t.Fatalf("inserted %v", inserted)
		}
		unloaded, err := loader.Unload(context.Background(), nil, roundModules[1])
		if removed := unloaded.Removed(); err != nil || len(removed) != len(roundModules) {
			t.Fatalf("removed %v, %v", removed, err)
		}
	}
	round() // opens the indexes
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	for range rounds - 1 {
		round()
	}
	if got := openFiles(t); !slices.Equal(got, files) {
		t.Errorf("open files are %q, at first they were %q", got, files)
	}
	// A goroutine that has done its work may not have ended yet.
	for tries := 0; runtime.NumGoroutine() > goroutines && tries < 1e6; tries++ {
		runtime.Gosched()
	}
	if got := runtime.NumGoroutine(); got > goroutines {
		t.Errorf("%d goroutines, at first %d", got, goroutines)
	}
	if got := sortedNames(inKernel(t, loader)); !slices.Equal(got, before) {
		t.Errorf("modules are %v, before %v", got, before)
	}
}

// openFiles lists what the descriptors of this process refer to, except the one that the
// list itself takes.
func openFiles(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && !strings.HasSuffix(target, "/fd") {
			files = append(files, target)
		}
	}
	slices.Sort(files)
	return files
}
