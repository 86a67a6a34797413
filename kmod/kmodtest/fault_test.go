package kmodtest_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod/kmodtest"
)

func TestFailTimes(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.FailTimes("a", syscall.EAGAIN, 2)
	a := image("a", nil, nil)
	for i, want := range []error{syscall.EAGAIN, syscall.EAGAIN, nil} {
		if err := k.InitModule(a, ""); !errors.Is(err, want) {
			t.Errorf("attempt %d: %v, want %v", i, err, want)
		}
	}
}

func TestBlock(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	coming, release := k.Block("a")
	k.Fail("a", syscall.ENODEV)
	answer := make(chan error)
	go func() { answer <- k.InitModule(image("a", nil, nil), "") }()
	<-coming
	for name, want := range map[string]string{"initstate": "coming", "refcnt": "1"} {
		if got, err := fs.ReadFile(k.Sys(), "module/a/"+name); string(got) != want+"\n" || err != nil {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	if err := k.DeleteModule("a", 0); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("removing a module that is coming: %v", err)
	}
	release()
	release()
	if err := <-answer; !errors.Is(err, syscall.ENODEV) {
		t.Errorf("the insert: %v", err)
	}
	k.Fail("a", 0)
	if err := k.InitModule(image("a", nil, nil), ""); err != nil {
		t.Errorf("after the release: %v", err)
	}
}

// TestHooks: the functions of a module, and answers that the kernel itself
// would not give.
func TestHooks(t *testing.T) {
	var seen []string
	k := kmodtest.New("6.1.0-test")
	fail := true
	k.OnInit = func(module, params string) error {
		seen = append(seen, "init "+module+" "+params)
		if fail {
			return syscall.EIO
		}
		return nil
	}
	k.OnExit = func(module string) {
		state, _ := fs.ReadFile(k.Sys(), "module/"+module+"/initstate")
		list, _ := fs.ReadFile(k.Proc(), "modules")
		if !strings.Contains(string(list), " -1 - Unloading ") {
			t.Errorf("/proc/modules is %q", list)
		}
		for what, err := range map[string]error{"remove": k.DeleteModule(module, 0), "insert": k.InitModule(image(module, nil, nil), "")} {
			if !errors.Is(err, syscall.EBUSY) {
				t.Errorf("%s of a module that is going: %v", what, err)
			}
		}
		seen = append(seen, "exit "+module+" "+string(state))
	}
	refuse := syscall.Errno(0)
	k.OnCall = func(c kmodtest.Call) error {
		if c.Name == "delete_module" && refuse != 0 {
			return refuse
		}
		return nil
	}
	a := image("a", nil, nil)
	if err := k.InitModule(a, "p=1"); !errors.Is(err, syscall.EIO) || len(k.Modules()) != 0 {
		t.Errorf("a failing init: %v", err)
	}
	fail = false
	if err := k.InitModule(a, "p=2"); err != nil {
		t.Error(err)
	}
	refuse = syscall.EINTR
	if err := k.DeleteModule("a", 0); !errors.Is(err, syscall.EINTR) || len(k.Modules()) != 1 {
		t.Errorf("the answer of OnCall: %v", err)
	}
	refuse = 0
	if err := k.DeleteModule("a", 0); err != nil || len(k.Modules()) != 0 {
		t.Errorf("remove: %v", err)
	}
	if want := []string{"init a p=1", "init a p=2", "exit a going\n"}; !slices.Equal(seen, want) {
		t.Errorf("seen %q", seen)
	}
	var names []string
	for _, c := range k.Calls() {
		names = append(names, c.Name)
	}
	if want := []string{"init_module", "init_module", "delete_module", "delete_module", "init_module", "delete_module"}; len(names) != len(want) {
		t.Errorf("calls are %v", names)
	}
}

func TestPermanent(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.Permanent = []string{"a"}
	if err := k.InitModule(image("a", nil, nil), ""); err != nil {
		t.Fatal(err)
	}
	if err := k.DeleteModule("a", 0); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("error is %v", err)
	}
}
