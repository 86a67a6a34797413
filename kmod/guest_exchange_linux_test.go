package kmod_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// otherMachines is where a guest has a module that another architecture made.
const otherMachines = "/other"

// reloaded checks that conntrack and its two holders are in the kernel, with their
// parameters.
func reloaded(t *testing.T, loader *kmod.Loader) {
	t.Helper()
	for _, want := range []struct{ module, parameter, value string }{
		{"nf_conntrack", "acct", "Y"}, {"nf_conntrack_ftp", "loose", "Y"}, {"nf_conntrack_ftp", "ports", "21,2121"}, {"nf_nat", "", ""},
	} {
		isLive(t, loader, want.module, true)
		if want.parameter == "" {
			continue
		}
		m, err := live.Open(nil, want.module)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := m.Parameter(want.parameter); err != nil || p.Value != want.value {
			t.Errorf("%s of %s is %q, %v", want.parameter, want.module, p.Value, err)
		}
	}
}

// TestGuestReload: a module with two holders and parameters is replaced, and comes back
// when the new one fails.
func TestGuestReload(t *testing.T) {
	loader := guestLoader(t)
	_, err := loader.LoadRequests(t.Context(), nil, kmod.Request{Name: "nf_conntrack", Params: "acct=1"},
		kmod.Request{Name: "nf_conntrack_ftp", Params: "loose=1 ports=21,2121"}, kmod.Request{Name: "nf_nat"})
	if err != nil {
		t.Fatal(err)
	}
	defer unload(t, loader, "nf_nat", "nf_conntrack_ftp", "nf_conntrack")
	reloaded(t, loader)
	opts := &kmod.ReloadOptions{MustRestore: true}
	result, err := loader.Reload(t.Context(), opts, kmod.Request{Name: "nf_conntrack"})
	if err != nil || len(result.Removals) != 3 {
		t.Fatalf("%v, %+v", err, result)
	}
	reloaded(t, loader)

	result, err = loader.Reload(t.Context(), opts, kmod.Request{Name: "nf_conntrack", Params: "acct=maybe"})
	if !errors.Is(err, syscall.EINVAL) || errors.Is(err, kmod.ErrNotRestored) || result.Restored == nil {
		t.Errorf("a value that the module does not take: %v, %+v", err, result)
	}
	reloaded(t, loader)

	garbage := filepath.Join(t.TempDir(), "nf_conntrack.ko")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("garbage ", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	result, err = loader.Reload(t.Context(), opts, kmod.Request{Path: garbage})
	if err == nil || result.Removals != nil {
		t.Errorf("a garbage file: %v", err)
	}
	reloaded(t, loader)
}

// TestGuestReloadRefused: one that is in use by something that is no module, and a file
// that another architecture made, are refused before anything is touched.
func TestGuestReloadRefused(t *testing.T) {
	loader := guestLoader(t)
	load(t, loader, "loop", "dummy")
	defer unload(t, loader, "loop", "dummy")
	used, err := os.Open("/dev/loop0")
	if err != nil {
		t.Fatal(err)
	}
	result, err := loader.Reload(t.Context(), nil, kmod.Request{Name: "loop"})
	var inUse *kmod.InUseError
	if !errors.As(err, &inUse) || inUse.Refcount == 0 || result.Removals != nil {
		t.Errorf("one that is in use: %v", err)
	}
	used.Close()
	if _, err := loader.Reload(t.Context(), nil, kmod.Request{Name: "loop"}); err != nil {
		t.Errorf("one that is not in use any more: %v", err)
	}
	other, err := filepath.Glob(otherMachines + "/dummy.ko*")
	if err != nil || len(other) != 1 {
		t.Fatalf("%q, %v", other, err)
	}
	result, err = loader.Reload(t.Context(), nil, kmod.Request{Path: other[0]})
	if !errors.Is(err, kmod.ErrIncompatible) || result.Removals != nil || !strings.Contains(err.Error(), "built for") {
		t.Errorf("another architecture's: %v", err)
	}
	for _, name := range []string{"loop", "dummy"} {
		isLive(t, loader, name, true)
	}
	if got := slices.Sorted(slices.Values(result.NoOldFile)); got != nil {
		t.Errorf("no old file for %q", got)
	}
}

// TestGuestReloadSound: a sound card keeps its name, for which its driver shows an array of
// strings that were never set.
func TestGuestReloadSound(t *testing.T) {
	loader := guestLoader(t)
	if _, err := loader.DB().Module("snd_dummy"); err != nil {
		t.Skip(err)
	}
	load(t, loader, "snd_dummy")
	defer unload(t, loader, "snd_dummy")
	const id = "/sys/class/sound/card0/id"
	before, err := os.ReadFile(id)
	if err != nil {
		t.Fatal(err)
	}
	result, err := loader.Reload(t.Context(), nil, kmod.Request{Name: "snd_dummy"})
	if err != nil || result.LostParams != nil {
		t.Errorf("%v, lost %v", err, result.LostParams)
	}
	if after, err := os.ReadFile(id); string(after) != string(before) {
		t.Errorf("the card was %q and is %q, %v", before, after, err)
	}
}
