package uevent

import (
	"context"
	"errors"
	"testing"
)

// TestListenerDeaf: that no events can come is reported once, before anything else, and
// the listener goes on; not to a caller whose context has ended.
func TestListenerDeaf(t *testing.T) {
	l, ctx := listen(t, nil)
	if l.deaf.Load() {
		t.Skip("no events can come on this machine")
	}
	l.deaf.Store(true)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.Receive(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	l.gap.Store(true)
	var got []error
	for _, err := range l.Events(ctx) {
		if err != nil {
			got = append(got, err)
		}
		if errors.Is(err, ErrGap) {
			break
		}
	}
	if len(got) != 2 || got[0] != ErrDeaf {
		t.Errorf("it reports %v", got)
	}
}
