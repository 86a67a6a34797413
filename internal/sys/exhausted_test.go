package sys

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

func TestExhausted(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, fs.ErrNotExist: false, syscall.EACCES: false, syscall.EIO: false,
		syscall.EMFILE: true, syscall.ENFILE: true,
		fmt.Errorf("walk: %w", &os.PathError{Op: "open", Path: "a", Err: syscall.ENOMEM}): true,
	} {
		if got := Exhausted(err); got != want {
			t.Errorf("Exhausted(%v) is %v", err, got)
		}
	}
}
