package debs

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
)

// needLocks skips the test on systems where processes cannot lock files.
func needLocks(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("packages are fetched on Linux only")
	}
}

func TestLockObeysContext(t *testing.T) {
	needLocks(t)
	name := filepath.Join(t.TempDir(), "lock")
	unlock, err := Lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Lock(ctx, name); !errors.Is(err, context.Canceled) {
		t.Errorf("a held lock gives %v", err)
	}
	unlock()
	again, err := Lock(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
