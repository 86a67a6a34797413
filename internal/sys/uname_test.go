package sys

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestRelease(t *testing.T) {
	got, err := Release()
	if runtime.GOOS != "linux" {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("error %v, want one that wraps errors.ErrUnsupported", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Skipf("nothing to compare with: %v", err)
	}
	if got != strings.TrimSpace(string(want)) {
		t.Errorf("Release() = %q, /proc says %q", got, want)
	}
}
