package sys

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestKmsg(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kmsg")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	k, err := OpenKmsg(path)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, MaxRecord)
	if n, err := k.Read(b); n != 0 || err != io.EOF {
		t.Errorf("behind the end: %d, %v", n, err)
	}
	if err := k.Close(); err != nil {
		t.Error(err)
	}
	if _, err := k.Read(b); !errors.Is(err, syscall.EBADF) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := OpenKmsg(path + "x"); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("no file: %v", err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKmsg(pipe); !errors.Is(err, syscall.ESPIPE) {
		t.Errorf("a pipe: %v", err)
	}
	if ThreadID() == 0 {
		t.Error("the thread has no number")
	}
}
