package hotplug

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

// TestFailuresBounded: of too many failures the oldest is forgotten, but not that all
// devices are to be served.
func TestFailuresBounded(t *testing.T) {
	f := newFailures(Retry{Attempts: 8})
	now, failed := time.Now(), errors.New("failed")
	f.add("", "", failed, now)
	const added = maxFailures + 8
	for i := range added {
		f.add(fmt.Sprint("alias", i/2), fmt.Sprint("m", i), failed, now.Add(time.Duration(i+1)*time.Millisecond))
	}
	n := 0
	for _, modules := range f.list {
		n += len(modules)
	}
	if n != maxFailures || f.size != n || f.list[""][""] == nil || f.list["alias0"] != nil {
		t.Errorf("%d failures, counted as %d", n, f.size)
	}
	if f.begin(fmt.Sprint("alias", (added-1)/2), fmt.Sprint("m", added-1), now) || !f.begin("alias0", "m0", now) {
		t.Error("the wrong one was forgotten")
	}
	f.forget()
	if aliases, _, more := f.due(now.Add(time.Hour)); len(aliases) > 0 || more || f.size != 0 {
		t.Errorf("due is %v", aliases)
	}
}

// TestFailuresDue: each alias is due once, until it is tried.
func TestFailuresDue(t *testing.T) {
	f := newFailures(Retry{Attempts: 8})
	now, failed := time.Now(), errors.New("failed")
	f.add("a", "x", failed, now)
	f.add("a", "y", failed, now)
	f.add("b", "z", failed, now.Add(time.Minute))
	at := now.Add(time.Second)
	if aliases, next, more := f.due(now); len(aliases) != 0 || !more || !next.Equal(at) {
		t.Errorf("%v, then %v", aliases, next)
	}
	if aliases, next, more := f.due(at); len(aliases) != 1 || !more || !next.Equal(now.Add(61*time.Second)) {
		t.Errorf("%v, then %v", aliases, next)
	}
	if aliases, _, _ := f.due(at); len(aliases) != 0 {
		t.Errorf("again: %v", aliases)
	}
	if !f.begin("a", "x", at) || f.begin("a", "x", at) || f.begin("b", "z", at) {
		t.Error("an attempt begins too early, twice, or not")
	}
	f.clear("a", "x")
	f.clear("a", "none")
	if f.size != 2 || f.list["a"]["x"] != nil {
		t.Errorf("left are %v", f.list)
	}
}

func TestPause(t *testing.T) {
	for _, test := range []struct {
		retry    Retry
		failures int
		want     time.Duration
	}{
		{Retry{}, 1, time.Second},
		{Retry{}, 2, 2 * time.Second},
		{Retry{}, 9, 256 * time.Second},
		{Retry{}, 10, 5 * time.Minute},
		{Retry{}, math.MaxInt, 5 * time.Minute},
		{Retry{}, 0, time.Second},
		{Retry{Min: time.Hour}, 3, time.Hour},
		{Retry{Min: time.Second, Max: 3 * time.Second}, 2, 2 * time.Second},
		{Retry{Min: time.Second, Max: 3 * time.Second}, 3, 3 * time.Second},
		{Retry{Max: 1 << 62}, 100, 1 << 62},
	} {
		if got := test.retry.pause(test.failures); got != test.want {
			t.Errorf("%+v after %d failures: %v, want %v", test.retry, test.failures, got, test.want)
		}
	}
}
