package parallel

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
)

// TestEach: every number has one call, and no more are under way than processors.
func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		counts := make([]atomic.Int32, n)
		var running, most atomic.Int32
		Each(t.Context(), n, func(i int) {
			now := running.Add(1)
			for old := most.Load(); now > old && !most.CompareAndSwap(old, now); old = most.Load() {
			}
			counts[i].Add(1)
			running.Add(-1)
		})
		for i := range counts {
			if got := counts[i].Load(); got != 1 {
				t.Errorf("%d of %d has %d calls", i, n, got)
			}
		}
		if int(most.Load()) > runtime.GOMAXPROCS(0) || running.Load() != 0 {
			t.Errorf("%d: %d at a time, %d left", n, most.Load(), running.Load())
		}
	}
}

// TestEachEnds: no call begins after the context has ended but those under way.
func TestEachEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	Each(ctx, 1<<20, func(int) {
		calls.Add(1)
		cancel()
	})
	if got := int(calls.Load()); got == 0 || got > 2*runtime.GOMAXPROCS(0) {
		t.Errorf("%d calls", got)
	}
}
