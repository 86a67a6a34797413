package reason

import (
	"errors"
	"io/fs"
	"testing"
)

func TestNew(t *testing.T) {
	err := New("no such module", fs.ErrNotExist)
	if err.Error() != "no such module" || !errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	if same := New("no such module", fs.ErrNotExist); errors.Is(same, err) {
		t.Error("two errors of the same text are one")
	}
}
