package openfile

import (
	"io/fs"
	"syscall"
	"testing"
)

func TestMachineFailed(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, ErrNotRegular: false, fs.ErrPermission: false, syscall.ENOENT: false, syscall.ELOOP: false,
		syscall.EMFILE: true, syscall.ENFILE: true, syscall.ENOMEM: true, syscall.EIO: true,
		&fs.PathError{Op: "open", Path: "a", Err: syscall.EIO}: true,
	} {
		if got := MachineFailed(err); got != want {
			t.Errorf("MachineFailed(%v) is %v", err, got)
		}
	}
}
