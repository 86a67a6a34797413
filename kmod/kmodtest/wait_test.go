package kmodtest_test

import (
	"errors"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// awaitWaiting returns when that many calls wait in a kernel for a module that comes.
func awaitWaiting(t *testing.T, calls int) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for t.Context().Err() == nil {
		n := runtime.Stack(stacks, true)
		if strings.Count(string(stacks[:n]), "kmodtest.(*Kernel).wait(") == calls {
			return
		}
		runtime.Gosched()
	}
}

// TestWaits: who inserts a module that comes, or one that needs it, waits for what
// becomes of that.
func TestWaits(t *testing.T) {
	base, user := image("base", []string{"fn"}, nil), image("user", nil, []string{"fn"})
	for fail, want := range map[syscall.Errno][3]error{
		0: {nil, syscall.EEXIST, nil}, syscall.ENODEV: {syscall.ENODEV, syscall.EBUSY, syscall.ENOENT},
	} {
		k := kmodtest.New("6.1.0-test")
		k.Symbols = []string{}
		k.Fail("base", fail)
		coming, release := k.Block("base")
		insert := func(image []byte) chan error {
			answer := make(chan error, 1)
			go func() { answer <- k.InitModule(image, "") }()
			return answer
		}
		first := insert(base)
		<-coming
		second := insert(base)
		awaitWaiting(t, 1)
		third := insert(user)
		awaitWaiting(t, 2)
		if got := k.Calls(); len(got) != 0 {
			t.Errorf("calls ended already: %+v", got)
		}
		release()
		for i, answer := range []chan error{first, second, third} {
			if err := <-answer; !errors.Is(err, want[i]) {
				t.Errorf("init ends with %v: call %d: %v, want %v", fail, i, err, want[i])
			}
		}
	}
}
