package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// builds is a tree in which "user" and "second" use "driver", which uses "base". The
// srcversion of each is the given one.
func builds(srcversion string) *kmodtest.Tree {
	params := []modinfo.Param{{Name: "level", Type: "int"}, {Name: "label", Type: "charp"}}
	fields := []string{"srcversion=" + srcversion}
	return &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "base", Fields: fields},
		{Name: "driver", Depends: []string{"base"}, Params: params, Fields: fields},
		{Name: "user", Depends: []string{"driver"}, Params: params, Fields: fields},
		{Name: "second", Depends: []string{"driver"}, Params: params, Fields: fields},
		{Name: "apart", Params: params, Fields: fields},
		{Name: "extra", Fields: fields},
	}}
}

// machineWith is a kernel with all of builds but "extra" loaded, and its Loader.
func machineWith(t *testing.T, configure func(*kmodtest.Kernel)) (*kmod.Loader, *kmodtest.Kernel) {
	t.Helper()
	files, err := builds("OLD").FS()
	if err != nil {
		t.Fatal(err)
	}
	loader, kernel := dbtest.Loader(t, files, true)
	kernel.Symbols = nil
	if configure != nil {
		configure(kernel)
	}
	_, err = loader.LoadRequests(t.Context(), nil, kmod.Request{Name: "driver", Params: `label="two words" level=3`},
		kmod.Request{Name: "user", Params: "level=5"}, kmod.Request{Name: "second"}, kmod.Request{Name: "apart"})
	if err != nil {
		t.Fatal(err)
	}
	return loader, kernel
}

// built writes a newer build of a module to a file of its own.
func built(t *testing.T, name string, change func(*kmodtest.Module)) string {
	t.Helper()
	tree := builds("NEW")
	for i := range tree.Modules {
		if m := &tree.Modules[i]; m.Name == name && change != nil {
			change(m)
		}
	}
	files, err := tree.FS()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name+".ko")
	if err := os.WriteFile(path, files["lib/modules/"+modtest.Release+"/kernel/"+name+".ko"].Data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// state shows the modules in a kernel, with their sources and the values of parameters.
func state(t *testing.T, kernel live.Kernel) string {
	t.Helper()
	var rows []string
	for row, err := range live.Loaded(kernel) {
		if err != nil {
			t.Fatal(err)
		}
		m, err := live.Open(kernel, row.Name)
		if err != nil {
			t.Fatal(err)
		}
		source, err := m.Srcversion()
		params, _, err2 := m.ParamString()
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, fmt.Sprintf("%s %s %s", row.Name, source, params))
	}
	slices.Sort(rows)
	return strings.Join(rows, "\n")
}

// stepsOf shows what became of the steps that are not live anyway.
func stepsOf(r *kmod.Result) string {
	if r == nil {
		return ""
	}
	var list []string
	for i := range r.Steps {
		list = append(list, fmt.Sprintf("%s %v", r.Steps[i].Step.Module.Name, r.Steps[i].Outcome))
	}
	return strings.Join(list, ", ")
}

func TestReload(t *testing.T) {
	loader, kernel := machineWith(t, nil)
	before := len(kernel.Calls())
	var said []string
	result, err := loader.Reload(t.Context(), &kmod.ReloadOptions{
		Removed: func(r *kmod.RemovalResult) { said = append(said, "-"+r.Module) },
		Loaded:  func(r *kmod.StepResult) { said = append(said, "+"+r.Step.Module.Name) },
	}, kmod.Request{Path: built(t, "driver", nil)})
	if err != nil {
		t.Fatal(err)
	}
	want := "apart OLD level=0\nbase OLD \ndriver NEW label=\"two words\" level=3\nsecond OLD level=0\nuser OLD level=5"
	if got := state(t, kernel); got != want {
		t.Errorf("the kernel has\n%s\nwant\n%s", got, want)
	}
	var went []string
	for _, r := range result.Removals {
		went = append(went, fmt.Sprintf("%s %v %v", r.Module, r.Reason, r.Outcome))
	}
	slices.Sort(went)
	if got := strings.Join(went, ", "); got != "driver requested removed, second holder removed, user holder removed" {
		t.Error(got)
	}
	if got := stepsOf(result.Loaded); !strings.HasPrefix(got, "base live already, driver inserted, ") || strings.Count(got, "inserted") != 3 {
		t.Error(got)
	}
	if result.Restored != nil || result.NoOldFile != nil || result.Missing != nil || result.Changed != nil {
		t.Errorf("%+v", result)
	}
	if len(said) < 6 || said[2] != "-driver" || !slices.Contains(said, "+user") {
		t.Errorf("the callbacks said %q", said)
	}
	if calls := kernel.Calls()[before:]; len(calls) != 6 {
		t.Errorf("%d calls: %v", len(calls), calls)
	}
}

// TestReloadParams: parameters are kept, added to, or given anew.
func TestReloadParams(t *testing.T) {
	for name, test := range map[string]struct {
		opts kmod.ReloadOptions
		give string
		want string
	}{
		"kept":      {kmod.ReloadOptions{}, "", `label="two words" level=3`},
		"added":     {kmod.ReloadOptions{}, "level=7", `label="two words" level=7`},
		"given":     {kmod.ReloadOptions{NewParams: true}, "label=new", "label=new level=0"},
		"no others": {kmod.ReloadOptions{NewParams: true}, "", "level=0"},
	} {
		loader, kernel := machineWith(t, nil)
		if _, err := loader.Reload(t.Context(), &test.opts, kmod.Request{Name: "driver", Params: test.give}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := state(t, kernel); !strings.Contains(got, "driver OLD "+test.want+"\n") || !strings.Contains(got, "user OLD level=5") {
			t.Errorf("%s: the kernel has\n%s", name, got)
		}
	}
}

// TestReloadRefused: what cannot work is refused before anything is touched.
func TestReloadRefused(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "driver.ko")
	if err := os.WriteFile(garbage, []byte("no module"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "driver.ko")
	if data, err := os.ReadFile(built(t, "extra", nil)); err != nil || os.WriteFile(other, data, 0o644) != nil {
		t.Fatal(err)
	}
	vermagic := func(m *kmodtest.Module) { m.Fields = append(m.Fields, "vermagic=6.2.0 SMP mod_unload ") }
	var inUse *kmod.InUseError
	for name, test := range map[string]struct {
		request kmod.Request
		opts    kmod.ReloadOptions
		kernel  func(*kmodtest.Kernel)
		later   func(*kmodtest.Kernel)
		is      error
		as      any
		says    string
	}{
		"garbage":        {request: kmod.Request{Path: garbage}, is: modinfo.ErrNotELF},
		"missing":        {request: kmod.Request{Path: garbage + "x"}, is: os.ErrNotExist},
		"another module": {request: kmod.Request{Path: other}, says: "the file holds the module extra"},
		"vermagic":       {request: kmod.Request{Path: built(t, "driver", vermagic)}, is: kmod.ErrVermagic},
		"in use":         {request: kmod.Request{Name: "driver"}, later: func(k *kmodtest.Kernel) { k.Hold("driver", 1) }, is: kmod.ErrInUse, as: &inUse},
		"holder in use":  {request: kmod.Request{Name: "driver"}, later: func(k *kmodtest.Kernel) { k.Hold("user", 2) }, is: kmod.ErrInUse, as: &inUse},
		"waited": {request: kmod.Request{Name: "driver"}, opts: kmod.ReloadOptions{Wait: 20 * time.Millisecond},
			later: func(k *kmodtest.Kernel) { k.Hold("user", 2) }, is: kmod.ErrInUse},
		"permanent": {request: kmod.Request{Name: "driver"}, kernel: func(k *kmodtest.Kernel) { k.Permanent = []string{"second"} }, is: kmod.ErrPermanent},
		"unknown":   {request: kmod.Request{Name: "nobody"}, is: kmod.ErrNotFound},
	} {
		loader, kernel := machineWith(t, test.kernel)
		if test.later != nil {
			test.later(kernel)
		}
		before, calls := state(t, kernel), len(kernel.Calls())
		result, err := loader.Reload(t.Context(), &test.opts, test.request)
		if err == nil || test.is != nil && !errors.Is(err, test.is) || test.as != nil && !errors.As(err, test.as) ||
			!strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		if after := state(t, kernel); after != before || len(kernel.Calls()) != calls || result == nil || result.Loaded != nil {
			t.Errorf("%s: %d calls, and the kernel has\n%s", name, len(kernel.Calls())-calls, after)
		}
	}
}

// TestReloadForbidden: Policy and Verify are asked before anything is touched.
func TestReloadForbidden(t *testing.T) {
	no := errors.New("no")
	for name, cfg := range map[string]kmod.LoaderConfig{
		"policy": {Policy: func(s *kmod.Step) error {
			if s.Module.Name == "driver" {
				return no
			}
			return nil
		}},
		"verify": {Verify: func(name string, _ []byte) error {
			if name == "user" {
				return no
			}
			return nil
		}},
	} {
		loader, kernel := machineWith(t, nil)
		before := state(t, kernel)
		cfg.Kernel = kernel
		_, err := kmod.NewLoader(loader.DB(), &cfg).Reload(t.Context(), nil, kmod.Request{Name: "driver"})
		if !errors.Is(err, no) || !errors.Is(err, kmod.ErrForbidden) || state(t, kernel) != before {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestReloadDry: a dry run tells what would be done.
func TestReloadDry(t *testing.T) {
	loader, kernel := machineWith(t, nil)
	before, calls := state(t, kernel), len(kernel.Calls())
	result, err := loader.Reload(t.Context(), &kmod.ReloadOptions{DryRun: true}, kmod.Request{Path: built(t, "driver", nil)})
	if err != nil || len(result.Removals) != 3 || strings.Count(stepsOf(result.Loaded), "inserted") != 3 {
		t.Errorf("%v, %v, %v", result.Removals, stepsOf(result.Loaded), err)
	}
	if state(t, kernel) != before || len(kernel.Calls()) != calls {
		t.Error("the kernel was changed")
	}
}

// TestReloadFails: when the new module's init function fails, the old one comes back.
func TestReloadFails(t *testing.T) {
	loader, kernel := machineWith(t, nil)
	before := state(t, kernel)
	kernel.FailTimes("driver", syscall.EIO, 1)
	result, err := loader.Reload(t.Context(), &kmod.ReloadOptions{MustRestore: true}, kmod.Request{Path: built(t, "driver", nil)})
	var failed *kmod.Error
	if !errors.Is(err, syscall.EIO) || errors.Is(err, kmod.ErrNotRestored) || !errors.As(err, &failed) || failed.Op != "reload" ||
		!strings.HasSuffix(err.Error(), "; everything is as it was before") {
		t.Errorf("%v", err)
	}
	if got := state(t, kernel); got != before || strings.Count(stepsOf(result.Restored), "inserted") != 3 {
		t.Errorf("%s, and the kernel has\n%s", stepsOf(result.Restored), got)
	}
	kernel.Fail("driver", syscall.EIO)
	result, err = loader.Reload(t.Context(), nil, kmod.Request{Name: "driver"})
	if !errors.Is(err, kmod.ErrNotRestored) || !errors.Is(err, syscall.EIO) ||
		!slices.Equal(slices.Sorted(slices.Values(result.Missing)), []string{"driver", "second", "user"}) {
		t.Errorf("%v, missing %q", err, result.Missing)
	}
	if got := kernel.Modules(); slices.Contains(got, "driver") {
		t.Errorf("the kernel has %q", got)
	}
}

// TestReloadOldFile: where the DB has a newer file by now, the old one is not at hand
// unless the caller has it.
func TestReloadOldFile(t *testing.T) {
	loader, kernel := machineWith(t, nil)
	before := state(t, kernel)
	old := filepath.Join(t.TempDir(), "driver.ko")
	m, err := loader.DB().Module("driver")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(m.Path)
	newer, err2 := os.ReadFile(built(t, "driver", nil))
	if err := errors.Join(err, err2, os.WriteFile(old, data, 0o644), os.WriteFile(m.Path, newer, 0o644)); err != nil {
		t.Fatal(err)
	}
	_, err = loader.Reload(t.Context(), &kmod.ReloadOptions{MustRestore: true}, kmod.Request{Name: "driver"})
	if !errors.Is(err, kmod.ErrOldFile) || state(t, kernel) != before {
		t.Errorf("%v", err)
	}
	kernel.FailTimes("driver", syscall.EIO, 1)
	opts := &kmod.ReloadOptions{MustRestore: true, OldFiles: []string{old}}
	if _, err = loader.Reload(t.Context(), opts, kmod.Request{Name: "driver"}); !errors.Is(err, syscall.EIO) || state(t, kernel) != before {
		t.Errorf("%v, and the kernel has\n%s", err, state(t, kernel))
	}
	kernel.FailTimes("driver", syscall.EIO, 1)
	result, err := loader.Reload(t.Context(), nil, kmod.Request{Name: "driver"})
	if !errors.Is(err, kmod.ErrNotRestored) || !slices.Equal(result.Changed, []string{"driver"}) || !slices.Equal(result.NoOldFile, []string{"driver"}) {
		t.Errorf("%v, changed %q, no old file %q", err, result.Changed, result.NoOldFile)
	}
	if _, err := loader.Reload(t.Context(), nil, kmod.Request{Name: "driver"}); err != nil || !strings.Contains(state(t, kernel), "driver NEW label=") {
		t.Errorf("%v", err)
	}
}

// TestReloadInterrupted: at whichever call of the kernel the context ends or the kernel
// fails, everything is old or everything is new.
func TestReloadInterrupted(t *testing.T) {
	_, kernel := machineWith(t, nil)
	old := state(t, kernel)
	renewed := strings.Replace(old, "driver OLD", "driver NEW", 1)
	for _, how := range []string{"cancel", "fail"} {
		ended := false
		for at := 1; !ended; at++ {
			ctx, cancel := context.WithCancel(t.Context())
			calls, armed := 0, false
			loader, kernel := machineWith(t, func(k *kmodtest.Kernel) {
				k.OnCall = func(c kmodtest.Call) error {
					if !armed {
						return nil
					}
					if calls++; calls != at {
						return nil
					}
					cancel()
					if how == "fail" {
						return syscall.EIO
					}
					return nil
				}
			})
			loader = kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: kernel, Parallel: 1})
			armed = true
			run := ctx
			if how == "fail" {
				run = t.Context()
			}
			_, err := loader.Reload(run, nil, kmod.Request{Path: built(t, "driver", nil)})
			armed = false
			ended = calls < at
			got := state(t, kernel)
			switch {
			case err == nil && got != renewed || err != nil && got != old:
				t.Fatalf("%s at call %d: %v, and the kernel has\n%s", how, at, err, got)
			case err != nil && (errors.Is(err, kmod.ErrNotRestored) || ended):
				t.Fatalf("%s at call %d: %v", how, at, err)
			}
			cancel()
		}
	}
}

// TestReloadEnded: with a context that has ended nothing happens.
func TestReloadEnded(t *testing.T) {
	loader, kernel := machineWith(t, nil)
	before := state(t, kernel)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := loader.Reload(ctx, nil, kmod.Request{Name: "driver"}); !errors.Is(err, context.Canceled) || state(t, kernel) != before {
		t.Errorf("%v", err)
	}
	bare := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: kernel})
	if result, err := bare.Reload(t.Context(), nil, kmod.Request{Name: "driver"}); err == nil || result == nil {
		t.Errorf("without a DB: %v", err)
	}
}

// TestReloadAbsent: what is not in the kernel is loaded.
func TestReloadAbsent(t *testing.T) {
	loader, kernel := machineWith(t, nil)
	result, err := loader.Reload(t.Context(), nil, kmod.Request{Name: "extra"})
	if err != nil || len(result.Removals) != 0 || !slices.Contains(kernel.Modules(), "extra") {
		t.Errorf("%v, %+v", err, result)
	}
}

// armed makes a machine of builds whose kernel asks act about each call, once the test
// has armed it.
func armed(t *testing.T, act func(*kmodtest.Kernel, kmodtest.Call) error) (*kmod.Loader, *kmodtest.Kernel, *bool) {
	t.Helper()
	on := new(bool)
	var kernel *kmodtest.Kernel
	loader, kernel := machineWith(t, func(k *kmodtest.Kernel) {
		kernel = k
		k.OnCall = func(c kmodtest.Call) error {
			if !*on {
				return nil
			}
			return act(kernel, c)
		}
	})
	return kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: kernel, Parallel: 1}), kernel, on
}

// TestReloadBroken: when the kernel takes no call any more, the result and the error name
// what is not as it was.
func TestReloadBroken(t *testing.T) {
	for at, ended := 1, false; !ended; at++ {
		calls := 0
		loader, kernel, on := armed(t, func(*kmodtest.Kernel, kmodtest.Call) error {
			if calls++; calls >= at {
				return syscall.EIO
			}
			return nil
		})
		before, all := state(t, kernel), kernel.Modules()
		*on = true
		result, err := loader.Reload(t.Context(), nil, kmod.Request{Path: built(t, "driver", nil)})
		*on, ended = false, calls < at
		if ended != (err == nil) {
			t.Fatalf("at call %d: %v", at, err)
		}
		if ended {
			break
		}
		missing := slices.DeleteFunc(all, func(name string) bool { return slices.Contains(kernel.Modules(), name) })
		slices.Sort(missing)
		slices.Sort(result.Missing)
		if !slices.Equal(result.Missing, missing) || errors.Is(err, kmod.ErrNotRestored) != (state(t, kernel) != before) {
			t.Errorf("at call %d: %v, missing %q, want %q", at, err, result.Missing, missing)
		}
		if changed := strings.Contains(state(t, kernel), "driver NEW"); slices.Contains(result.Changed, "driver") != changed {
			t.Errorf("at call %d: %v, changed %q", at, err, result.Changed)
		}
		for _, name := range missing {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("at call %d: %v", at, err)
			}
		}
	}
}

// TestReloadUndoWaits: a new module that somebody uses for a moment still goes out when
// one that comes after it fails.
func TestReloadUndoWaits(t *testing.T) {
	removals, holds := 0, 0
	loader, kernel, on := armed(t, func(k *kmodtest.Kernel, c kmodtest.Call) error {
		switch {
		case c.Name != "delete_module" && c.Module == "user" && holds == 0:
			holds++
			k.Hold("driver", 1)
			return syscall.EIO
		case c.Name == "delete_module" && c.Module == "driver" && holds == 1:
			if removals++; removals == 3 {
				k.Hold("driver", -1)
			}
		}
		return nil
	})
	before := state(t, kernel)
	*on = true
	result, err := loader.Reload(t.Context(), nil, kmod.Request{Path: built(t, "driver", nil)})
	if !errors.Is(err, syscall.EIO) || errors.Is(err, kmod.ErrNotRestored) || state(t, kernel) != before || removals != 3 {
		t.Errorf("%v after %d removals, and the kernel has\n%s", err, removals, state(t, kernel))
	}
	if got := stepsOf(result.Loaded); !strings.Contains(got, "driver removed again") {
		t.Error(got)
	}
}

// TestReloadForeign: another process that loads its own file of the module meanwhile does
// not pass for the new one. Its module stays.
func TestReloadForeign(t *testing.T) {
	for name, test := range map[string]struct {
		fields  []string // of the new build
		params  string   // of the other process
		changed []string
	}{
		"other source":    {[]string{"srcversion=NEW"}, "level=9", []string{"driver"}},
		"no source":       {nil, "level=9", []string{"driver"}},
		"same parameters": {[]string{"srcversion=NEW"}, `label="two words" level=3`, nil},
	} {
		var old []byte
		loader, kernel, on := armed(t, func(k *kmodtest.Kernel, c kmodtest.Call) error {
			if c.Module != "driver" || c.Name == "delete_module" || old == nil {
				return nil
			}
			image := old
			old = nil
			return k.InitModule(image, test.params)
		})
		m, err := loader.DB().Module("driver")
		if err == nil {
			old, err = os.ReadFile(m.Path)
		}
		if err != nil {
			t.Fatal(err)
		}
		*on = true
		newer := built(t, "driver", func(m *kmodtest.Module) { m.Fields = test.fields })
		result, err := loader.Reload(t.Context(), nil, kmod.Request{Path: newer})
		if !errors.Is(err, kmod.ErrExists) || errors.Is(err, kmod.ErrNotRestored) != (test.changed != nil) ||
			!slices.Equal(result.Changed, test.changed) || result.Missing != nil {
			t.Errorf("%s: %v, changed %q, missing %q", name, err, result.Changed, result.Missing)
		}
		if got := state(t, kernel); !strings.Contains(got, "driver OLD") || !strings.Contains(got, "user OLD level=5") {
			t.Errorf("%s: the kernel has\n%s", name, got)
		}
	}
}

// TestReloadLost: a parameter whose value cannot be given back is lost, and then not even
// the old module is as before; a string that was never set is not lost.
func TestReloadLost(t *testing.T) {
	for name, test := range map[string]struct {
		mode  os.FileMode // of the parameter "level"
		empty bool        // the parameter "label" is empty
		lost  string
	}{
		"none":   {0o644, false, ""},
		"hidden": {0o200, false, "level"},
		"empty":  {0o644, true, "label"},
	} {
		loader, kernel := machineWith(t, func(k *kmodtest.Kernel) {
			k.ParamModes = map[string]os.FileMode{"apart.level": test.mode}
		})
		if test.empty {
			if err := kernel.WriteParameter("apart", "label", ""); err != nil {
				t.Fatal(err)
			}
		}
		kernel.FailTimes("apart", syscall.EIO, 1)
		result, err := loader.Reload(t.Context(), nil, kmod.Request{Name: "apart"})
		if !errors.Is(err, syscall.EIO) || errors.Is(err, kmod.ErrNotRestored) != (test.lost != "") {
			t.Errorf("%s: %v, %+v", name, err, result)
		}
		lost := ""
		for _, p := range result.LostParams["apart"] {
			lost += p.Name
		}
		if lost != test.lost {
			t.Errorf("%s: lost %q, want %q", name, lost, test.lost)
		}
	}
}
