package kmod_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// waitedFor is a context that signals when a caller waits for its end.
type waitedFor struct {
	context.Context
	tell func()
}

func (w waitedFor) Done() <-chan struct{} {
	w.tell()
	return w.Context.Done()
}

// TestFailureOfOthers: that one caller's parameters are refused says nothing about an
// insert without them, even if that is requested meanwhile.
func TestFailureOfOthers(t *testing.T) {
	for _, test := range []struct {
		name   string
		params string
		want   error
		calls  int
	}{
		{"other parameters", "", nil, 2},
		{"the same", "bad=1", syscall.EINVAL, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			loader, k := softLoader(t, "", kmod.LoaderConfig{})
			coming, release := k.Block("low")
			k.OnInit = func(_, params string) error {
				if params != "" {
					return syscall.EINVAL
				}
				return nil
			}
			first := make(chan error)
			go func() {
				_, err := loader.LoadRequests(context.Background(), nil, kmod.Request{Name: "low", Params: "bad=1"})
				first <- err
			}()
			<-coming
			ctx := waitedFor{context.Background(), release}
			_, err := loader.LoadRequests(ctx, nil, kmod.Request{Name: "low", Params: test.params})
			if !errors.Is(err, test.want) || len(k.Calls()) != test.calls {
				t.Errorf("%v, after %d calls", err, len(k.Calls()))
			}
			if err := <-first; !errors.Is(err, syscall.EINVAL) {
				t.Errorf("the first answer is %v", err)
			}
		})
	}
}

// TestInsertAlone: an insert that is tried once fails with EEXIST or EBUSY though the kernel
// has no module of the name.
func TestInsertAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disc.ko")
	if err := os.WriteFile(path, driverImage(t), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		answer syscall.Errno
		live   bool
		is     error
		in     string
	}{
		{syscall.EEXIST, false, kmod.ErrInit, "the module's init function failed (EEXIST)"},
		{syscall.EEXIST, true, kmod.ErrExists, "the module is in the kernel already (EEXIST)"},
		{syscall.EBUSY, false, kmod.ErrBusy,
			"there is none now: another insert of it has just failed, or its init function gives that answer (EBUSY)"},
		{syscall.EBUSY, true, kmod.ErrBusy, "a module of that name is being inserted or removed (EBUSY)"},
	} {
		k := kmodtest.New("6.1.0-test")
		if test.live {
			if err := k.InitModule(driverImage(t), ""); err != nil {
				t.Fatal(err)
			}
		}
		k.OnCall = func(kmodtest.Call) error { return test.answer }
		err := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: k}).Insert(t.Context(), path, "", 0)
		exists := errors.Is(err, kmod.ErrExists) && !test.live
		if !errors.Is(err, test.is) || exists || !strings.HasSuffix(err.Error(), test.in) {
			t.Errorf("%v, live %v: %v", test.answer, test.live, err)
		}
	}
}
