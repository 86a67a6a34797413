package kmod_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// minScale is how many modules the set has at least.
const minScale = 300

// scaleSet returns the names of the modules in the set of the tests at scale, sorted.
func scaleSet(tb testing.TB, db *kmod.DB) []string {
	tb.Helper()
	set, err := kernels.Set(db.Dir())
	if err != nil {
		tb.Fatal(err)
	}
	if len(set) < minScale {
		tb.Fatalf("the set has %d modules, want %d", len(set), minScale)
	}
	return set
}

// inKernel returns the modules in the kernel, each of which /proc/modules lists
// once and as live.
func inKernel(tb testing.TB, loader *kmod.Loader) map[string]live.LoadedModule {
	tb.Helper()
	modules := map[string]live.LoadedModule{}
	for m, err := range live.Loaded(loader.Kernel()) {
		if err != nil {
			tb.Fatal(err)
		}
		if _, twice := modules[m.Name]; twice || m.State != live.StateLive {
			tb.Errorf("%s is %v, listed twice: %v", m.Name, m.State, twice)
		}
		modules[m.Name] = m
	}
	return modules
}

// sortedNames lists the names of modules.
func sortedNames(modules map[string]live.LoadedModule) []string {
	return slices.Sorted(maps.Keys(modules))
}

// loadAll loads what it can of the modules, in one call.
func loadAll(ctx context.Context, loader *kmod.Loader, modules []string) (*kmod.Result, error) {
	requests := make([]kmod.Request, len(modules))
	for i, name := range modules {
		requests[i].Name = name
	}
	plan, err := loader.DB().PlanRequests(nil, requests...)
	if err != nil {
		return nil, err
	}
	return loader.Run(ctx, plan, &kmod.RunOptions{KeepGoing: true})
}

// fromInit reports whether an error is the answer of a module's init function, or means
// that a needed module failed that way. Which modules of a kernel fail depends on the
// machine (ENODEV), on what else is loaded (ENOENT, if init looks for another module and
// the kernel has no helper to load it), and on their purpose: tcrypt always ends with
// EAGAIN. Answers that the kernel gives before it calls init do not count, nor does a
// module that another call is inserting. Only EINVAL is ambiguous, and EBUSY, which
// callers that waited for a failed insert get.
func fromInit(err error) bool {
	var insert *kmod.Error
	if !failedTo(err, "insert", &insert) || insert.Errno == syscall.EEXIST {
		return false
	}
	return errors.Is(insert, kmod.ErrInit) || insert.Errno == syscall.EINVAL
}

// isAbsentSoft reports whether a step failed that is only a soft dependency without a
// file: the guest has only the files of the set and what it needs.
func isAbsentSoft(step *kmod.StepResult) bool {
	return !step.Required && errors.Is(step.Err, fs.ErrNotExist)
}
