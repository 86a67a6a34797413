package kmodtest_test

import (
	"errors"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// TestCallsInOrder: a call is recorded before its effect is visible, so that the
// calls are in an order in which the kernel can have answered them.
func TestCallsInOrder(t *testing.T) {
	base, user := image("base", []string{"base_fn"}, nil), image("user", nil, []string{"base_fn"}, "depends=base")
	has := func(k *kmodtest.Kernel, name, module string, err error) bool {
		return slices.ContainsFunc(k.Calls(), func(c kmodtest.Call) bool {
			return c.Name == name && c.Module == module && errors.Is(c.Err, err)
		})
	}
	for range 200 {
		k := kmodtest.New("6.1.0-test")
		k.OnInit = func(module, _ string) error {
			if module == "user" && !has(k, "init_module", "base", nil) {
				t.Error("the insert of base is not recorded, and its user comes")
			}
			return nil
		}
		k.OnExit = func(module string) {
			if module == "base" && !has(k, "delete_module", "user", nil) {
				t.Error("the removal of user is not recorded, and what it used goes")
			}
		}
		coming, release := k.Block("base")
		var wg sync.WaitGroup
		insert := func(image []byte) {
			if err := k.InitModule(image, ""); err != nil {
				t.Error(err)
			}
		}
		wg.Go(func() { insert(base) })
		<-coming
		wg.Go(func() { insert(user) })
		release()
		wg.Wait()
		wg.Go(func() {
			for errors.Is(k.DeleteModule("base", 0), syscall.EAGAIN) {
				continue
			}
		})
		wg.Go(func() { _ = k.DeleteModule("user", 0) })
		wg.Wait()
		checkRemovals(t, k.Calls())
	}
}

// checkRemovals: base is in use until user has gone, and no longer.
func checkRemovals(t *testing.T, calls []kmodtest.Call) {
	t.Helper()
	used := true
	for _, c := range calls {
		switch {
		case c.Name != "delete_module":
		case c.Module == "user":
			used = false
		case used != errors.Is(c.Err, syscall.EAGAIN):
			t.Errorf("the removal of base is answered %v, used %v", c.Err, used)
		}
	}
}

// TestCalls: each call is recorded once, with its arguments and its answer.
func TestCalls(t *testing.T) {
	k := kmodtest.New("6.1.0-test")
	k.OnCall = func(c kmodtest.Call) error {
		if c.Err != nil {
			t.Errorf("the answer is known: %+v", c)
		}
		if c.Params == "refused=1" || c.Module == "refused" {
			return syscall.EACCES
		}
		return nil
	}
	a := image("a", nil, nil, "parmtype=p:int")
	_ = k.InitModule(a, "refused=1")
	_ = k.InitModule([]byte("text"), "")
	_ = k.InitModule(a, "p=x")
	_ = k.InitModule(a, "p=1")
	_ = k.InitModule(a, "p=1")
	_ = k.WriteParameter("a", "p", "2")
	_ = k.WriteParameter("a", "p", "x")
	_ = k.WriteParameter("a", "q", "2")
	_ = k.WriteParameter("b", "p", "2")
	_ = k.WriteParameter("refused", "p", "2")
	_ = k.DeleteModule("b", 0)
	_ = k.DeleteModule("refused", 0)
	_ = k.DeleteModule("a", 1)
	k.Fail("a", syscall.ENODEV)
	_ = k.InitModule(a, "")
	const init, remove, write = "init_module", "delete_module", "write"
	want := []kmodtest.Call{
		{init, "a", "refused=1", 0, syscall.EACCES},
		{init, "", "", 0, syscall.ENOEXEC},
		{init, "a", "p=x", 0, syscall.EINVAL},
		{init, "a", "p=1", 0, nil},
		{init, "a", "p=1", 0, syscall.EEXIST},
		{write, "a", "p=2", 0, nil},
		{write, "a", "p=x", 0, syscall.EINVAL},
		{write, "a", "q=2", 0, syscall.ENOENT},
		{write, "b", "p=2", 0, syscall.ENOENT},
		{write, "refused", "p=2", 0, syscall.EACCES},
		{remove, "b", "", 0, syscall.ENOENT},
		{remove, "refused", "", 0, syscall.EACCES},
		{remove, "a", "", 1, nil},
		{init, "a", "", 0, syscall.ENODEV},
	}
	if got := k.Calls(); !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}
