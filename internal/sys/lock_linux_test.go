package sys

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

func TestLock(t *testing.T) {
	dir := t.TempDir()
	open := func() *os.File {
		f, err := os.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	first, second := open(), open()
	if err := Lock(first); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(second.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != syscall.EWOULDBLOCK {
		t.Errorf("a locked directory can be locked: %v", err)
	}
	if locked, err := TryLock(second); locked || err != nil {
		t.Errorf("a locked directory can be locked: %v, %v", locked, err)
	}
	got := make(chan error)
	go func() { got <- Lock(second) }()
	first.Close()
	if err := <-got; err != nil {
		t.Errorf("closing does not unlock: %v", err)
	}
	if locked, err := TryLock(second); !locked || err != nil { // it holds the lock already
		t.Errorf("got %v, %v", locked, err)
	}
	if err := Lock(first); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file gives %v", err)
	}
}

func TestLockError(t *testing.T) {
	f, err := os.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := lockError(f, syscall.EBADF); !errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, syscall.EBADF) {
		t.Errorf("a directory that cannot be locked gives %v", err)
	}
	if err := lockError(f, syscall.EIO); errors.Is(err, errors.ErrUnsupported) || !errors.Is(err, syscall.EIO) {
		t.Errorf("a broken disk gives %v", err)
	}
}
