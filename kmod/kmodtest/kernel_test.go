package kmodtest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
)

var _ live.Kernel = (*kmodtest.Kernel)(nil)

func image(name string, exports, needs []string, fields ...string) []byte {
	m := modtest.Named(name, exports, needs)
	m.Modinfo = append(m.Modinfo, fields...)
	return m.Build()
}

func TestRules(t *testing.T) {
	base, user := image("base", []string{"base_fn"}, nil), image("user", nil, []string{"base_fn", "printk"})
	weak := modtest.Named("weak", nil, nil)
	weak.Needed = []modtest.Needed{{Name: "nowhere", Weak: true}}
	k := kmodtest.New("6.1.0-test")
	k.Symbols = []string{"printk"}
	steps := []struct {
		what string
		do   func() error
		want error
	}{
		{"user without base", func() error { return k.InitModule(user, "") }, syscall.ENOENT},
		{"base", func() error { return k.InitModule(base, "") }, nil},
		{"base again", func() error { return k.InitModule(base, "") }, syscall.EEXIST},
		{"user", func() error { return k.InitModule(user, "a=1") }, nil},
		{"a weak symbol", func() error { return k.InitModule(weak.Build(), "") }, nil},
		{"remove base in use", func() error { return k.DeleteModule("base", 0) }, syscall.EAGAIN},
		{"remove user", func() error { return k.DeleteModule("user", 0) }, nil},
		{"remove user again", func() error { return k.DeleteModule("user", 0) }, syscall.ENOENT},
		{"remove base", func() error { return k.DeleteModule("base", 0) }, nil},
		{"no module", func() error { return k.InitModule([]byte("text"), "") }, syscall.ENOEXEC},
		{"empty", func() error { return k.InitModule(nil, "") }, syscall.ENOEXEC},
	}
	for _, s := range steps {
		if err := s.do(); !errors.Is(err, s.want) {
			t.Fatalf("%s: %v, want %v", s.what, err, s.want)
		}
	}
	if got := k.Modules(); !slices.Equal(got, []string{"weak"}) {
		t.Errorf("the kernel has %v", got)
	}
}

// TestDepends: a kernel without a list of symbols uses the depends field.
func TestDepends(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	user := image("user", nil, []string{"base_fn", "printk"}, "depends=base-lib,inside")
	k.Builtin = []string{"inside"}
	if err := k.InitModule(user, ""); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("without the dependency: %v", err)
	}
	if err := errors.Join(k.InitModule(image("base_lib", []string{"base_fn"}, nil), ""), k.InitModule(user, "")); err != nil {
		t.Errorf("with the dependency: %v", err)
	}
	if err := k.DeleteModule("base_lib", 0); !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("a used module was removed: %v", err)
	}
}

func TestHoldAndFail(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	a := image("a", nil, nil)
	k.Fail("a", syscall.ENODEV)
	if err := k.InitModule(a, ""); !errors.Is(err, syscall.ENODEV) || len(k.Modules()) != 0 {
		t.Errorf("a failing init: %v, the kernel has %v", err, k.Modules())
	}
	k.Fail("a", 0)
	if k.Hold("a", 1) {
		t.Error("a missing module was held")
	}
	if err := k.InitModule(a, ""); err != nil || !k.Hold("a", 1) {
		t.Error(err)
	}
	if err := k.DeleteModule("a", 0); !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("a held module was removed: %v", err)
	}
	k.Hold("a", -1)
	if err := k.DeleteModule("a", 0); err != nil {
		t.Error(err)
	}
}

// TestComing: while init runs the module is "coming", and another insert of it
// waits for the outcome.
func TestComing(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	inInit, proceed := make(chan struct{}), make(chan struct{})
	var once sync.Once
	k.Delay = func(string) time.Duration {
		once.Do(func() { close(inInit); <-proceed })
		return 0
	}
	a := image("a", nil, nil)
	first := make(chan error)
	go func() { first <- k.InitModule(a, "") }()
	<-inInit
	if state, err := fs.ReadFile(k.Sys(), "module/a/initstate"); err != nil || string(state) != "coming\n" {
		t.Errorf("initstate is %q, %v", state, err)
	}
	if list, _ := fs.ReadFile(k.Proc(), "modules"); !strings.Contains(string(list), "Loading") {
		t.Errorf("/proc/modules has %q", list)
	}
	if err := k.DeleteModule("a", 0); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("a coming module was removed: %v", err)
	}
	second := make(chan error)
	go func() { second <- k.InitModule(a, "") }()
	close(proceed)
	if err := <-first; err != nil {
		t.Errorf("first: %v", err)
	}
	if err := <-second; !errors.Is(err, syscall.EEXIST) {
		t.Errorf("second: %v", err)
	}
}

// TestFailedInsert: an insert that waited for one that failed gets EBUSY, and
// an insert of a module that needs a coming one waits for it.
func TestFailedInsert(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.Symbols = []string{}
	inInit, proceed := make(chan struct{}), make(chan struct{})
	k.Delay = func(name string) time.Duration {
		if name == "base" {
			inInit <- struct{}{}
			<-proceed
		}
		return 0
	}
	base, user := image("base", []string{"fn"}, nil), image("user", nil, []string{"fn"})
	insert := func(image []byte) chan error {
		answer := make(chan error, 1)
		go func() { answer <- k.InitModule(image, "") }()
		return answer
	}
	k.Fail("base", syscall.ENODEV)
	first := insert(base)
	<-inInit
	second := insert(base)
	proceed <- struct{}{}
	if err := <-first; !errors.Is(err, syscall.ENODEV) {
		t.Errorf("the first insert: %v", err)
	}
	select {
	case err := <-second: // it waited
		if !errors.Is(err, syscall.EBUSY) {
			t.Errorf("the second insert: %v", err)
		}
	case <-inInit: // it came late and tries itself
		proceed <- struct{}{}
		if err := <-second; !errors.Is(err, syscall.ENODEV) {
			t.Errorf("the second insert: %v", err)
		}
	}
	k.Fail("base", 0)
	first = insert(base)
	<-inInit
	dependent := insert(user)
	proceed <- struct{}{}
	if err := errors.Join(<-first, <-dependent); err != nil {
		t.Error(err)
	}
}

// TestManyInserts: of many concurrent inserts of a module, one succeeds.
func TestManyInserts(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	a := image("a", nil, nil)
	errs := make(chan error)
	for range 50 {
		go func() { errs <- k.InitModule(a, "") }()
	}
	inserted := 0
	for range 50 {
		if err := <-errs; err == nil {
			inserted++
		} else if !errors.Is(err, syscall.EEXIST) {
			t.Error(err)
		}
	}
	if inserted != 1 {
		t.Errorf("%d inserts succeeded", inserted)
	}
}

func TestFinit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.ko")
	if err := os.WriteFile(path, image("a", nil, nil), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	k := kmodtest.New("6.1.0-test")
	if err := k.FinitModule(f, "", live.CompressedFile); !errors.Is(err, syscall.EOPNOTSUPP) {
		t.Errorf("said to be compressed, a kernel that unpacks nothing: %v", err)
	}
	k.Compression = "xz"
	if err := k.FinitModule(f, "", live.CompressedFile); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("said to be compressed: %v", err)
	}
	k.Vermagic = "other "
	if err := k.FinitModule(f, "", 0); !errors.Is(err, syscall.ENOEXEC) {
		t.Errorf("wrong vermagic: %v", err)
	}
	if err := k.FinitModule(f, "p=1", live.IgnoreVermagic); err != nil || k.Params("a") != "p=1" {
		t.Errorf("with force: %v, parameters %q", err, k.Params("a"))
	}
	calls := k.Calls()
	if len(calls) != 4 || calls[3] != (kmodtest.Call{Name: "finit_module", Module: "a", Params: "p=1", Flags: 2}) {
		t.Errorf("calls are %+v", calls)
	}
}
