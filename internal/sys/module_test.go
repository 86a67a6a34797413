package sys

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// TestNUL needs no kernel: the arguments are refused before any call.
func TestNUL(t *testing.T) {
	tests := []struct {
		name string
		call func() error
		want string
	}{
		{"finit", func() error { return FinitModule(nil, "a=1\x00b", 0) }, "parameter string contains a NUL byte"},
		{"init", func() error { return InitModule(nil, "\x00") }, "parameter string contains a NUL byte"},
		{"delete", func() error { return DeleteModule("x\x00", 0) }, "module name contains a NUL byte"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.call()
			var nul *NULError
			if !errors.As(err, &nul) || !errors.Is(err, syscall.EINVAL) || err.Error() != test.want {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestFinitModuleBadFile needs no kernel either.
func TestFinitModuleBadFile(t *testing.T) {
	closed := tempFile(t, nil)
	closed.Close()
	if err := FinitModule(closed, "", 0); !errors.Is(err, os.ErrClosed) && !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("closed file: %v", err)
	}
	if err := FinitModule(nil, "", 0); !errors.Is(err, os.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("no file: %v", err)
	}
}
