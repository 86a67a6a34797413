package uevent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"sync/atomic"
	"syscall"

	"github.com/gokmod/gokmod/internal/sys"
)

// ErrGap means that events were lost before this point, because the program did
// not take them in time, and that the listener goes on: a program that wants to
// know every device goes through [Present] again. It is reported after the events
// that the full buffer still held, as the kernel may lose more of them until then;
// what happens after this point is either received or reported as another gap.
var ErrGap = errors.New("uevents were lost, as the receive buffer was full")

// ErrDeaf means that the kernel does not send the events of devices to the network
// namespace of the listener, as that belongs to a user namespace other than the initial
// one: only network devices of its own may be heard of. It is reported once, before
// anything else, and the listener goes on: a program that wants to know the devices
// goes through [Present] from time to time. Which namespaces the kernel sends to is
// known for kernels from 4.18 on, and not without /proc: then nothing is reported.
var ErrDeaf = errors.New("no events of devices can come: " +
	"the network namespace does not belong to the initial user namespace")

// Config holds the options of [Listen]. The zero value, or nil, means the
// defaults.
type Config struct {
	// Buffer is the size of the receive buffer in bytes, which the kernel keeps
	// events in until they are taken. An event takes about a kilobyte, and
	// memory is used only for events that are there. 0 means 16 MiB. Without
	// CAP_NET_ADMIN the size is limited by net.core.rmem_max.
	Buffer int
}

// DefaultBuffer is the size of the receive buffer when Config does not say.
const DefaultBuffer = 16 << 20

// Stats counts what a [Listener] received.
type Stats struct {
	Events uint64 // that were returned

	// Foreign counts messages from senders other than the kernel, which are
	// skipped.
	Foreign uint64

	// Malformed counts messages of the kernel that [Parse] refuses, such as
	// those of a device with control characters in its modalias. They are
	// skipped.
	Malformed uint64

	// Gaps counts how often events were lost, not how many.
	Gaps uint64
}

// Listener receives the kernel's events. It is safe for concurrent use: calls
// that overlap take turns, and each event goes to one of them.
type Listener struct {
	socket  *sys.UeventSocket
	buffers chan []byte // one for each receiver that waits

	gap  atomic.Bool // one that was not reported yet
	deaf atomic.Bool // no events can come, and that was not reported yet

	events, foreign, malformed, gaps atomic.Uint64
}

// Listen starts to listen. It needs no privilege. On systems other than Linux
// the error wraps errors.ErrUnsupported.
func Listen(cfg *Config) (*Listener, error) {
	buffer := DefaultBuffer
	if cfg != nil && cfg.Buffer > 0 {
		buffer = cfg.Buffer
	}
	socket, err := sys.OpenUevents(buffer)
	if err != nil {
		return nil, err
	}
	l := &Listener{socket: socket, buffers: make(chan []byte, 1)}
	l.deaf.Store(sys.Deaf())
	return l, nil
}

// Receive waits for the next event. The error is [ErrGap] when events were lost, and
// [ErrDeaf] at first if none can come; after these the next call goes on. It is that of
// the context when it has ended.
// After any other error nothing more is received; it wraps fs.ErrClosed after
// [Listener.Close].
func (l *Listener) Receive(ctx context.Context) (Event, error) {
	if ctx.Err() == nil && l.deaf.CompareAndSwap(true, false) {
		return Event{}, ErrDeaf
	}
	buf := l.buffer()
	defer l.keep(buf)
	for {
		received, err := l.next(ctx, buf)
		switch {
		case errors.Is(err, syscall.ENOBUFS):
			l.gaps.Add(1)
			l.gap.Store(true)
			continue
		case errors.Is(err, syscall.EAGAIN):
			if l.gap.CompareAndSwap(true, false) {
				return Event{}, ErrGap
			}
			continue
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return Event{}, err
		case errors.Is(err, fs.ErrClosed):
			return Event{}, fmt.Errorf("receive a uevent: the listener is closed: %w", fs.ErrClosed)
		case err != nil:
			return Event{}, fmt.Errorf("receive a uevent: %w", err)
		}
		if event, ok := l.take(received, buf); ok {
			return event, nil
		}
	}
}

// next gets a message. While there is a gap to be reported it does not wait.
func (l *Listener) next(ctx context.Context, buf []byte) (sys.Uevent, error) {
	if !l.gap.Load() {
		return l.socket.Receive(ctx, buf)
	}
	if err := ctx.Err(); err != nil {
		return sys.Uevent{}, err
	}
	return l.socket.Poll(buf)
}

// take makes an event of a message, if it is one.
func (l *Listener) take(received sys.Uevent, buf []byte) (Event, bool) {
	if !received.Kernel {
		l.foreign.Add(1)
		return Event{}, false
	}
	if received.Size > len(buf) {
		l.malformed.Add(1)
		return Event{}, false
	}
	event, reason := parse(buf[:received.Size])
	if reason != "" {
		l.malformed.Add(1)
		return Event{}, false
	}
	l.events.Add(1)
	return event, true
}

// buffer returns a buffer for a message, keep keeps it for later.
func (l *Listener) buffer() []byte {
	select {
	case buf := <-l.buffers:
		return buf
	default:
		return make([]byte, maxMessage)
	}
}

func (l *Listener) keep(buf []byte) {
	select {
	case l.buffers <- buf:
	default:
	}
}

// Events yields the events as [Listener.Receive] returns them, with [ErrGap] in
// between where some were lost, and [ErrDeaf] at first if none can come. It ends after
// any other error, such as that of the context when that has ended.
func (l *Listener) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			event, err := l.Receive(ctx)
			if !yield(event, err) || err != nil && !goesOn(err) {
				return
			}
		}
	}
}

// goesOn reports whether a listener goes on after an error.
func goesOn(err error) bool { return errors.Is(err, ErrGap) || errors.Is(err, ErrDeaf) }

// Stats returns what was received so far.
func (l *Listener) Stats() Stats {
	return Stats{
		Events: l.events.Load(), Foreign: l.foreign.Load(),
		Malformed: l.malformed.Load(), Gaps: l.gaps.Load(),
	}
}

// Close ends the listener, and the calls of Receive that wait.
func (l *Listener) Close() error { return l.socket.Close() }
