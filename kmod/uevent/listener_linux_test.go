package uevent

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/sys"
)

// nullUevent makes the kernel send an event when it is written to.
const nullUevent = "/sys/devices/virtual/mem/null/uevent"

// trigger makes the kernel send an event with a mark in it.
func trigger(t *testing.T, mark string) {
	t.Helper()
	err := os.WriteFile(nullUevent, []byte("change fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed MARK="+mark), 0)
	if err != nil {
		t.Skipf("only root can make the kernel send a uevent: %v", err)
	}
}

func listen(t *testing.T, cfg *Config) (*Listener, context.Context) {
	t.Helper()
	l, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return l, ctx
}

// await returns the event with the mark.
func await(t *testing.T, ctx context.Context, l *Listener, mark string) (found Event, gaps int) {
	t.Helper()
	for event, err := range l.Events(ctx) {
		if errors.Is(err, ErrGap) {
			gaps++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if value, _ := event.Get("SYNTH_ARG_MARK"); value == mark {
			return event, gaps
		}
		if strings.Contains(event.Devpath, "forged") {
			t.Fatalf("a forged event: %+v", event)
		}
	}
	t.Fatalf("the events ended without %s", mark)
	return Event{}, gaps
}

// TestListenerEvents: the sequence goes on after events and after a gap.
func TestListenerEvents(t *testing.T) {
	l, ctx := listen(t, nil)
	trigger(t, "FIRST")
	trigger(t, "SECOND")
	l.gap.Store(true)
	var got []string
	for event, err := range l.Events(ctx) {
		mark, _ := event.Get("SYNTH_ARG_MARK")
		switch {
		case errors.Is(err, ErrGap):
			got = append(got, "gap")
			trigger(t, "THIRD")
		case err != nil:
			t.Fatal(err)
		case mark == "FIRST" || mark == "SECOND" || mark == "THIRD":
			got = append(got, mark)
		}
		if mark == "THIRD" {
			break
		}
	}
	if want := []string{"FIRST", "SECOND", "gap", "THIRD"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestListener(t *testing.T) {
	l, ctx := listen(t, nil)
	trigger(t, "LISTENER")
	event, _ := await(t, ctx, l, "LISTENER")
	if event.Action != Change || event.Devpath != "/devices/virtual/mem/null" || event.Subsystem != "mem" || event.Seqnum == 0 {
		t.Errorf("event %+v", event)
	}
	if stats := l.Stats(); stats.Events == 0 || stats.Malformed != 0 {
		t.Errorf("counts %+v", stats)
	}
}

// forge sends messages to the kernel's multicast group.
func forge(t *testing.T, fd int, text string, n int) {
	t.Helper()
	for range n {
		err := syscall.Sendto(fd, []byte(text), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK, Groups: 1})
		if errors.Is(err, syscall.EPERM) {
			t.Skip("only a process with CAP_NET_ADMIN can forge a uevent")
		}
		if err != nil && !errors.Is(err, syscall.ENOBUFS) {
			t.Fatal(err)
		}
	}
}

// apart makes a listener and a socket for forging in a network namespace of
// their own, so that forged messages do not reach other tests. The kernel's
// messages reach it too.
func apart(t *testing.T, cfg *Config) (l *Listener, forger int, ctx context.Context) {
	t.Helper()
	var refused error
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		if refused = syscall.Unshare(syscall.CLONE_NEWNET); refused != nil {
			done <- nil
			return
		}
		var err error
		if l, err = Listen(cfg); err == nil {
			forger, err = syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_KOBJECT_UEVENT)
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if refused != nil {
		t.Skipf("only root can have a network namespace of its own: %v", refused)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(func() { cancel(); l.Close(); syscall.Close(forger) })
	return l, forger, ctx
}

const forged = "add@/devices/forged\x00ACTION=add\x00DEVPATH=/devices/forged\x00MODALIAS=forged\x00SEQNUM=1\x00"

func TestListenerForged(t *testing.T) {
	l, forger, ctx := apart(t, nil)
	forge(t, forger, forged, 3)
	trigger(t, "FORGED")
	await(t, ctx, l, "FORGED")
	if stats := l.Stats(); stats.Foreign != 3 {
		t.Errorf("counts %+v, want 3 foreign messages", stats)
	}
}

// TestListenerLost: of two messages each of which fills the buffer the second is lost,
// which is reported behind the first, and nothing else is counted.
func TestListenerLost(t *testing.T) {
	l, forger, ctx := apart(t, &Config{Buffer: 1})
	forge(t, forger, forged+strings.Repeat("x", 8000), 2)
	for event, err := range l.Events(ctx) {
		if errors.Is(err, ErrGap) {
			break
		}
		if err != nil { // an event may be one of this machine
			t.Fatalf("event %+v, error %v, want a gap", event, err)
		}
	}
	if stats := l.Stats(); stats.Foreign > 1 || stats.Gaps == 0 {
		t.Errorf("counts %+v", stats)
	}
}

// TestListenerBuffer: the receive buffer has the size that was asked for, 16 MiB where
// nothing is said. The kernel takes the double, for its own data.
func TestListenerBuffer(t *testing.T) {
	if syscall.Geteuid() != 0 {
		t.Skip("only a process with CAP_NET_ADMIN can have any size")
	}
	for _, test := range []struct {
		cfg  *Config
		want int
	}{{nil, 32 << 20}, {&Config{}, 32 << 20}, {&Config{Buffer: -1}, 32 << 20}, {&Config{Buffer: 100_000}, 200_000}} {
		var got int
		before := sockets(t)
		listen(t, test.cfg)
		for fd := range sockets(t) {
			if !before[fd] {
				got, _ = syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF)
			}
		}
		if got != test.want {
			t.Errorf("%+v: the buffer has %d bytes, want %d", test.cfg, got, test.want)
		}
	}
}

// sockets are the descriptors of this process that are sockets.
func sockets(t *testing.T) map[int]bool {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	found := map[int]bool{}
	for _, e := range entries {
		fd, _ := strconv.Atoi(e.Name())
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(to, "socket:") {
			found[fd] = true
		}
	}
	return found
}

// TestListenerFlood sends more than the buffer can take.
func TestListenerFlood(t *testing.T) {
	const flood = 20_000
	l, forger, ctx := apart(t, &Config{Buffer: 1 << 14})
	forge(t, forger, forged, flood)
	trigger(t, "LOST")
	event, err := l.Receive(ctx)
	if !errors.Is(err, ErrGap) {
		t.Fatalf("event %+v, error %v, want a gap", event, err)
	}
	// From here on there is room again.
	trigger(t, "FLOOD")
	if _, gaps := await(t, ctx, l, "FLOOD"); gaps != 0 {
		t.Errorf("the gap was reported %d times more", gaps)
	}
	if stats := l.Stats(); stats.Gaps != 1 || stats.Foreign == 0 || stats.Foreign >= flood {
		t.Errorf("counts %+v", stats)
	}
}

func TestListenerEnds(t *testing.T) {
	l, _ := listen(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Receive(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	var last error
	for _, last = range l.Events(ctx) {
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the sequence ended with %v", last)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Receive(t.Context()); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestListenerTake(t *testing.T) {
	l := &Listener{}
	good := message("add@/a", "SEQNUM=5")
	tests := []struct {
		name     string
		received sys.Uevent
		buf      []byte
		ok       bool
		want     Stats
	}{
		{"good", sys.Uevent{Size: len(good), Kernel: true}, good, true, Stats{Events: 1}},
		{"foreign", sys.Uevent{Size: len(good)}, good, false, Stats{Events: 1, Foreign: 1}},
		{"longer than the buffer", sys.Uevent{Size: len(good) + 1, Kernel: true}, good, false, Stats{Events: 1, Foreign: 1, Malformed: 1}},
		{"malformed", sys.Uevent{Size: 3, Kernel: true}, good, false, Stats{Events: 1, Foreign: 1, Malformed: 2}},
		{"empty", sys.Uevent{Kernel: true}, good, false, Stats{Events: 1, Foreign: 1, Malformed: 3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			event, ok := l.take(test.received, test.buf)
			if ok != test.ok || ok && event.Seqnum != 5 || l.Stats() != test.want {
				t.Errorf("event %+v, %t, counts %+v, want %+v", event, ok, l.Stats(), test.want)
			}
		})
	}
}

// TestListenerAllocations: the cost of foreign messages does not grow with
// their number.
func TestListenerAllocations(t *testing.T) {
	l := &Listener{}
	received := sys.Uevent{Size: len(forged)}
	if n := testing.AllocsPerRun(1000, func() { l.take(received, []byte(forged)[:0]) }); n > 1 {
		t.Errorf("a foreign message costs %v allocations", n)
	}
}
