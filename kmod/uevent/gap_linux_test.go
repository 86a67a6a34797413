package uevent

import (
	"context"
	"errors"
	"testing"
)

// TestListenerGap: a gap is reported once, when there is nothing left to receive,
// but not to a caller whose context has ended.
func TestListenerGap(t *testing.T) {
	l, ctx := listen(t, &Config{Buffer: 1 << 16})
	l.gap.Store(true)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Receive(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	gaps := 0
	for _, err := range l.Events(ctx) {
		if errors.Is(err, ErrGap) {
			gaps++
			break // the messages before it are this machine's events
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if gaps != 1 || l.gap.Load() || l.Stats().Gaps != 0 {
		t.Errorf("%d gaps were reported, counts %+v", gaps, l.Stats())
	}
}
