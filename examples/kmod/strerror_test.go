package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/modinfo"
)

func TestReason(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{syscall.ENOENT, "No such file or directory"},
		{syscall.ENOMEM, "Cannot allocate memory"},
		{syscall.EBUSY, "Device or resource busy"},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "Permission denied"},
		{fmt.Errorf("it is gone: %w", fs.ErrNotExist), "No such file or directory"},
		{&modinfo.Error{Op: "open", Path: "x", Err: modinfo.ErrTooLarge}, "File too large"},
		{errors.New("something else"), "something else"},
	} {
		if got := reason(test.err); got != test.want {
			t.Errorf("reason(%v) = %q, want %q", test.err, got, test.want)
		}
	}
}
