package kmod_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// bareLoader returns a loader like one in a container without /lib/modules.
func bareLoader(t *testing.T) *kmod.Loader {
	return kmod.NewLoader(dbtest.Open(t, &kmod.Config{FS: fstest.MapFS{}, NoCmdline: true}), &kmod.LoaderConfig{Parallel: 2, Explain: diagnose.Explainer()})
}

// TestGuestFiles loads files that need each other, in any order, without an index that
// says so.
func TestGuestFiles(t *testing.T) {
	loader := guestLoader(t)
	var files []kmod.Request
	for _, name := range []string{"can_raw", "can"} { // small ones: the race detector unpacks slowly
		m, err := loader.DB().Module(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, kmod.Request{Path: m.Path})
	}
	for range 10 {
		result, err := bareLoader(t).LoadRequests(t.Context(), nil, files...)
		if err != nil || !slices.Equal(result.Inserted(), []string{"can", "can_raw"}) {
			t.Fatalf("got %v, %v", result, err)
		}
		unload(t, loader, "can_raw")
		slices.Reverse(files)
	}
}

// TestGuestBuiltin: a built-in counts as loaded without a module directory, or with that
// of another release.
func TestGuestBuiltin(t *testing.T) {
	vm.RequireGuest(t)
	loader := bareLoader(t)
	const name = "kernel" // no kernel is without its parameters
	if status, err := loader.Status(name); status != kmod.StatusBuiltin || err != nil {
		t.Errorf("the status is %v, %v", status, err)
	}
	result, err := loader.Load(t.Context(), name)
	if err != nil || result.Steps[0].Outcome != kmod.OutcomeBuiltin {
		t.Errorf("got %v, %v", result, err)
	}
}
