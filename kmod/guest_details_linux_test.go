package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// handle returns the handle of a module of the guest.
func handle(t *testing.T, loader *kmod.Loader, name string) *live.Module {
	t.Helper()
	m, err := loader.Live(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// details calls every method that reads one thing.
func details(m *live.Module) ([]any, []error) {
	state, e0 := m.Initstate()
	count, e1 := m.Refcount()
	core, e2 := m.Coresize()
	init, e3 := m.Initsize()
	holders, e4 := m.Holders()
	taint, e5 := m.Taint()
	src, e6 := m.Srcversion()
	version, e7 := m.Version()
	return []any{state, count, core, init, holders, taint, src, version}, []error{e0, e1, e2, e3, e4, e5, e6, e7}
}

// insert inserts one module with parameters.
func insert(t *testing.T, loader *kmod.Loader, name, params string) {
	t.Helper()
	m, err := loader.DB().Module(name)
	if err == nil {
		err = loader.Insert(t.Context(), m.Path, params, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestGuestLive compares what the kernel shows of a module with its file.
func TestGuestLive(t *testing.T) {
	loader := guestLoader(t)
	s := guestStack(t, loader.DB())
	load(t, loader, s.wanted()...)
	defer unload(t, loader, s.unwanted()...)
	m := handle(t, loader, s.below)
	got, errs := details(m)
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	info, err := loader.DB().Info(s.below)
	if err != nil {
		t.Fatal(err)
	}
	want := []any{live.StateLive, 1, got[2], got[3], []string{s.top}, "", info.Srcversion(), info.Version()}
	if fmt.Sprint(got) != fmt.Sprint(want) || got[2].(uint64) == 0 || m.Builtin {
		t.Errorf("got %v, want %v", got, want)
	}
	sections, err := m.Sections()
	text := slices.IndexFunc(sections, func(s live.Section) bool { return s.Name == ".text" })
	if err != nil || text < 0 || sections[text].Address == 0 {
		t.Errorf("sections are %v, %v", sections, err)
	}
	for row, err := range live.Loaded(loader.Kernel()) {
		if err != nil {
			t.Fatal(err)
		}
		if size, err := handle(t, loader, row.Name).Coresize(); err != nil || size == 0 || size > row.Size {
			t.Errorf("%s has %d bytes, %v, by its row %d", row.Name, size, err, row.Size)
		}
	}
	if _, err := loader.Live("dummy"); !errors.Is(err, kmod.ErrNotLoaded) {
		t.Errorf("a module that is not loaded: %v", err)
	}
}

// TestGuestLiveParameters reads, writes and reads again.
func TestGuestLiveParameters(t *testing.T) {
	loader := guestLoader(t)
	insert(t, loader, "loop", "max_loop=9")
	first := guestStack(t, loader.DB()).first
	load(t, loader, append(first, "nf_nat")...)
	defer unload(t, loader, append([]string{"loop", "nf_nat"}, first...)...)
	loop := handle(t, loader, "loop")
	p, err := loop.Parameter("max-loop")
	if err != nil || p.Value != "9" || p.Name != "max_loop" || p.Writable() {
		t.Errorf("max_loop is %+v, %v", p, err)
	}
	if err := loop.SetParameter("max_loop", "3"); !errors.Is(err, live.ErrReadOnly) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a parameter for the insert only: %v", err)
	}
	if err := (&live.Host{}).WriteParameter("loop", "max_loop", "3"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("what the kernel says to that: %v", err)
	}
	tests := []struct {
		module, parameter, value, want string
		errno                          syscall.Errno
	}{
		{"nf_conntrack", "hashsize", "2048", "2048", 0},
		{"nf_conntrack", "hashsize", "many", "2048", syscall.EINVAL},
		{"nf_conntrack", "hashsize", "", "2048", syscall.EINVAL},
		{"nf_conntrack", "hashsize", "99999999999999999999", "2048", syscall.ERANGE},
		{"printk", "time", "0", "N", 0},
		{"printk", "time", "yes", "Y", 0},
		{"firmware_class", "path", "/run/some where", "/run/some where", 0},
		{"firmware_class", "path", "", "", 0},
	}
	for _, test := range tests {
		m := handle(t, loader, test.module)
		err := m.SetParameter(test.parameter, test.value)
		if (err == nil) != (test.errno == 0) || err != nil && (!errors.Is(err, test.errno) || !errors.Is(err, live.ErrValue)) {
			t.Errorf("writing %q to %s of %s: %v", test.value, test.parameter, test.module, err)
		}
		if p, err := m.Parameter(test.parameter); err != nil || p.Value != test.want {
			t.Errorf("%s of %s reads %+v, %v", test.parameter, test.module, p, err)
		}
	}
	count := 0
	for m, err := range live.Modules(loader.Kernel()) {
		if err != nil {
			t.Fatal(err)
		}
		all, err := m.Parameters()
		if err != nil {
			t.Error(err)
		}
		for _, p := range all {
			count++
			if p.Err != nil {
				t.Logf("%s.%s, mode %v: %v", m.Name, p.Name, p.Mode, p.Err)
			}
		}
	}
	if count < 100 {
		t.Errorf("the kernel has %d parameters", count)
	}
}

// TestGuestLiveUnprivileged: what only root may read does not hide the rest. It reads in
// a separate process.
func TestGuestLiveUnprivileged(t *testing.T) {
	loader := guestLoader(t)
	if os.Getuid() == 0 {
		first := guestStack(t, loader.DB()).first
		load(t, loader, append(first, "nf_nat")...)
		defer unload(t, loader, append([]string{"nf_nat"}, first...)...)
		cmd := exec.Command(os.Args[0], "-test.run=^TestGuestLiveUnprivileged$", "-test.v")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	m := handle(t, loader, "nf_conntrack")
	all, err := m.Parameters()
	secret := slices.IndexFunc(all, func(p live.Parameter) bool { return p.Name == "hashsize" })
	if err != nil || secret < 0 || !errors.Is(all[secret].Err, fs.ErrPermission) || all[secret].Value != "" {
		t.Errorf("parameters are %+v, %v", all, err)
	}
	if !slices.ContainsFunc(all, func(p live.Parameter) bool { return p.Err == nil && p.Value != "" }) {
		t.Errorf("none of %+v was read", all)
	}
	if err := m.SetParameter("hashsize", "1024"); !errors.Is(err, fs.ErrPermission) || errors.Is(err, live.ErrValue) {
		t.Errorf("writing: %v", err)
	}
	if _, err := m.Sections(); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("sections: %v", err)
	}
	if _, errs := details(m); errors.Join(errs...) != nil {
		t.Error(errors.Join(errs...))
	}
}

// raceLimit bounds the rounds of TestGuestLiveRace on a slow machine.
const raceLimit = 15 * time.Second

// TestGuestLiveRace: one goroutine inserts and removes a module over and over,
// while others look at all modules. None of that is an error.
func TestGuestLiveRace(t *testing.T) {
	loader := guestLoader(t)
	s := guestStack(t, loader.DB())
	load(t, loader, s.wanted()...)
	defer unload(t, loader, s.unwanted()...)
	ctx, end := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	var observed sync.Map
	for _, l := range []*kmod.Loader{loader, kmod.NewLoader(nil, nil)} {
		readers.Go(func() {
			for ctx.Err() == nil {
				watch(t, l, &observed)
			}
		})
	}
	start, rounds := time.Now(), 0
	for ; rounds < 200 && (rounds < 20 || time.Since(start) < raceLimit); rounds++ {
		insert(t, loader, "dummy", "numdummies=0")
		unload(t, loader, "dummy")
	}
	end()
	readers.Wait()
	t.Logf("%d rounds", rounds)
	observed.Range(func(key, _ any) bool {
		t.Log("seen of dummy: ", key)
		return true
	})
}

// watch looks at every module once, and reads all of the one that comes and
// goes.
func watch(t *testing.T, l *kmod.Loader, observed *sync.Map) {
	for row, err := range live.Loaded(l.Kernel()) {
		if err != nil {
			t.Error(err)
			return
		}
		if row.Name == "dummy" {
			observed.Store(fmt.Sprint("row ", row.State, row.Refcount), true)
		}
		m, err := l.Live(row.Name)
		if err == nil {
			observe(t, m, observed)
		} else if !errors.Is(err, kmod.ErrNotLoaded) {
			t.Error(err)
		}
	}
	for m, err := range live.Modules(l.Kernel()) {
		if err != nil {
			t.Error(err)
			return
		}
		observe(t, m, observed)
	}
}

func observe(t *testing.T, m *live.Module, observed *sync.Map) {
	if m.Name != "dummy" {
		return
	}
	if m.Builtin {
		t.Error("dummy was taken for a built-in")
	}
	got, errs := details(m)
	observed.Store(fmt.Sprint(got[:2], errors.Join(errs[:2]...) == nil), true)
	_, err1 := m.Parameters()
	_, err2 := m.Sections()
	for _, err := range append(errs, err1, err2) {
		if err != nil && !errors.Is(err, kmod.ErrNotLoaded) {
			t.Error(err)
		}
	}
}
