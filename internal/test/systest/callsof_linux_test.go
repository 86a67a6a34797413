package systest

import (
	"maps"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMeasuredProgram is the program of TestCallsOf.
func TestMeasuredProgram(t *testing.T) {
	if os.Getenv("SYSTEST_MEASURED") == "" {
		return
	}
	_ = unix.Access("/", unix.R_OK)
	Measured(func() {})
	for n := range 3 {
		Measured(func() {
			for range n + 1 {
				fd, err := unix.Open("/", unix.O_RDONLY, 0)
				if err != nil {
					t.Error(err)
				}
				ended := make(chan error)
				go func() { ended <- unix.Close(fd) }()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		})
		_ = unix.Access("/", unix.R_OK)
	}
}

// TestCallsOf: what is measured is counted, whatever thread it runs on, and nothing else.
func TestCallsOf(t *testing.T) {
	for range 3 {
		calls := CallsOf(t, Self("TestMeasuredProgram", "SYSTEST_MEASURED=1"))
		if len(calls) != 4 {
			t.Fatalf("%d measurements: %v", len(calls), calls)
		}
		for n, got := range calls {
			want := map[string]int{"openat": n, "close": n}
			if n == 0 {
				want = map[string]int{}
			}
			if !maps.Equal(got, want) {
				t.Errorf("measurement %d: %v, want %v", n, got, want)
			}
		}
	}
}
