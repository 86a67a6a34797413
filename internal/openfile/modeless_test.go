package openfile

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

func TestModeless(t *testing.T) {
	for err, want := range map[error]error{
		nil: nil, fs.ErrPermission: nil, syscall.EPERM: nil, syscall.EACCES: nil, errors.ErrUnsupported: nil,
		syscall.EOPNOTSUPP: nil, &fs.PathError{Op: "chmod", Path: "a", Err: syscall.ENOSYS}: nil,
		syscall.EIO: syscall.EIO, fs.ErrNotExist: fs.ErrNotExist, syscall.EROFS: syscall.EROFS,
	} {
		if got := Modeless(err); got != want {
			t.Errorf("Modeless(%v) is %v", err, got)
		}
	}
}
