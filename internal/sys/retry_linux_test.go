package sys

import (
	"errors"
	"syscall"
	"testing"
)

func TestRetry(t *testing.T) {
	tests := []struct {
		name        string
		interrupted int
		then        error
		want        error
		calls       int
	}{
		{"success", 0, nil, nil, 1},
		{"error", 0, syscall.EEXIST, syscall.EEXIST, 1},
		{"again", 0, syscall.EAGAIN, syscall.EAGAIN, 1},
		{"interrupted", 3, nil, nil, 4},
		{"interrupted, then error", 3, syscall.ENOENT, syscall.ENOENT, 4},
		{"last chance", maxTries - 1, nil, nil, maxTries},
		{"always", maxTries + 10, nil, syscall.EINTR, maxTries},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			calls := 0
			err := retry(func() error {
				calls++
				if calls <= test.interrupted {
					return syscall.EINTR
				}
				return test.then
			})
			if !errors.Is(err, test.want) || calls != test.calls {
				t.Errorf("error %v after %d calls, want %v after %d", err, calls, test.want, test.calls)
			}
		})
	}
}
