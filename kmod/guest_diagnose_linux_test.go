package kmod_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/live"
)

// TestGuestDiagnose: by what the running kernel says, nothing is wrong with its own
// modules.
func TestGuestDiagnose(t *testing.T) {
	loader := guestLoader(t)
	d, err := diagnose.New(loader.DB(), &diagnose.Options{Kernel: &live.Host{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range guestModules {
		if _, err := loader.DB().Module(name); errors.Is(err, fs.ErrNotExist) {
			continue // the kernel does not have it
		}
		found, err := d.Diagnose(kmod.Request{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Findings) > 0 {
			t.Errorf("%s:\n%s", name, found)
		}
		for _, u := range found.Unchecked {
			if u.Kind != diagnose.FindingVersion && u.Kind != diagnose.FindingSignature {
				t.Errorf("%s: %v", name, u)
			}
		}
	}
	load(t, loader, "dummy")
	defer unload(t, loader, "dummy")
	found, err := d.Diagnose(kmod.Request{Name: "dummy", Params: "numdummies=many"})
	if err != nil || len(found.Findings) != 2 || found.Findings[0].Kind != diagnose.FindingLoaded || found.Findings[1].Kind != diagnose.FindingParameter {
		t.Errorf("dummy: %v\n%s", err, found)
	}
}

// TestGuestDamagedSignature: a kernel that takes unsigned modules refuses those
// whose signature is damaged or not theirs, and the error says what that means.
func TestGuestDamagedSignature(t *testing.T) {
	loader := guestLoader(t)
	image := uncompressed(t, loader, "ifb")
	info, err := openImage(t, image).Info()
	if err != nil {
		t.Fatal(err)
	}
	signed := info.Signature.SignedSize
	for _, test := range []struct {
		name     string
		at       int64 // of the byte that is changed
		severity diagnose.Severity
		say      string
	}{
		{"content", signed / 2, diagnose.SeverityNote, "the signature of ifb does not belong to the file"},
		{"value", int64(len(image)) - 60, diagnose.SeverityNote, "the signature of ifb does not belong to the file"},
		{"block", signed + 1, diagnose.SeverityWould, "the signature of ifb is damaged"},
		{"length", int64(len(image)) - 29, diagnose.SeverityWould, "the signature of ifb is damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := slices.Clone(image)
			changed[test.at] ^= 1
			path := write(t, "ifb.ko", changed)
			d, err := diagnose.Module(loader.DB(), &diagnose.Options{Kernel: &live.Host{}}, kmod.Request{Path: path})
			if err != nil || d.Severity() != test.severity {
				t.Errorf("found %v, %v", d, err)
			}
			unsure := slices.ContainsFunc(d.Unchecked, func(u diagnose.Unchecked) bool { return u.Kind == diagnose.FindingSignature })
			if unsure != (test.severity == diagnose.SeverityNote) {
				t.Errorf("unchecked: %v", d.Unchecked)
			}
			if err := loader.Insert(t.Context(), path, "", 0); !errors.Is(err, kmod.ErrSignature) ||
				!strings.Contains(err.Error(), test.say) {
				t.Errorf("error is %v", err)
			}
		})
	}
	if err := loader.Insert(t.Context(), write(t, "ifb.ko", nil), "", 0); !errors.Is(err, syscall.EINVAL) ||
		!strings.Contains(err.Error(), ": the file is empty (EINVAL)") {
		t.Errorf("an empty file: %v", err)
	}
	if err := loader.Insert(t.Context(), write(t, "ifb.ko", image[:signed]), "", 0); err != nil {
		t.Fatal(err)
	}
	unload(t, loader, "ifb")
}

// TestGuestForeignSignature: with signatures enforced, what Diagnose expects of
// the keys is what the kernel says. It comes last, as enforcing cannot be undone.
func TestGuestForeignSignature(t *testing.T) {
	vm.RequireGuest(t)
	loader := kmod.NewLoader(dbtest.Open(t, nil), &kmod.LoaderConfig{KernelLog: true, Explain: diagnose.Explainer()})
	if err := os.WriteFile("/sys/module/module/parameters/sig_enforce", []byte("Y"), 0); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("/foreign/*.ko")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	dummy := uncompressed(t, loader, "dummy")
	broken := slices.Clone(dummy)
	broken[len(broken)-1000] ^= 1
	info, err := openImage(t, dummy).Info()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, path string
		severity   diagnose.Severity
		found, log string
	}{
		{"own key", modulePath(t, loader, "dummy"), diagnose.SeverityNote, "", ""},
		{"unsigned", write(t, "dummy.ko", dummy[:info.Signature.SignedSize]), diagnose.SeverityWould, "dummy is not signed, and the kernel takes signed modules only.",
			"Loading of unsigned module is rejected"},
		{"another key", files[0], diagnose.SeverityMight, "with another key than the kernel's own modules", "Loading of module with unavailable key is rejected"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := diagnose.Module(loader.DB(), &diagnose.Options{Kernel: &live.Host{}, Flags: 0}, kmod.Request{Path: test.path})
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(d.Findings, func(f diagnose.Finding) bool { return f.Kind == diagnose.FindingSignature })
			if (at >= 0) != (test.found != "") || at >= 0 && (d.Findings[at].Severity != test.severity || !strings.Contains(d.Findings[at].Text, test.found)) {
				t.Errorf("found\n%s", d)
			}
			err = loader.Insert(t.Context(), test.path, "", 0)
			if test.log == "" {
				if err != nil {
					t.Fatal(err)
				}
				unload(t, loader, "dummy")
				return
			}
			var insert *kmod.Error
			if !failedTo(err, "insert", &insert) || !errors.Is(err, kmod.ErrSignature) || !slices.Contains(insert.Log, test.log) {
				t.Errorf("error is %v, log %q", err, insert.Log)
			}
			t.Log(err)
		})
	}
	if err := loader.Insert(t.Context(), write(t, "dummy.ko", broken), "", 0); !errors.Is(err, kmod.ErrSignature) {
		t.Errorf("one bit changed: %v", err)
	}
}
