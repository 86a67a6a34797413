package kmod_test

import (
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
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
