package hotplug

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/gokmod/gokmod/kmod/uevent"
)

// listen receives events until the context ends. All devices are served each time when
// it has begun to listen. When the source fails, it is started anew after a pause that
// grows; the error is that of a source that cannot work here.
func (e *Engine) listen(ctx context.Context) error {
	for failed := 0; ; e.count(func(s *Stats) { s.Restarts++ }) {
		begun := time.Now()
		err := e.receive(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		if time.Since(begun) > e.cfg.Retry.pause(failed) {
			failed = 0
		}
		failed++
		pause := e.cfg.Retry.pause(failed)
		e.condition.hears(err)
		e.report(fmt.Errorf("%w; listening again in %v", err, pause))
		if sleep(ctx, pause); ctx.Err() != nil {
			return nil
		}
	}
}

// receive queues what the source has until it ends. The error says why.
func (e *Engine) receive(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	events, err := e.open(ctx)
	e.queue.resync(false, false) // even if nothing can be heard
	if err != nil {
		return err
	}
	e.condition.hears(nil)
	defer e.hangUp()
	for event, err := range events {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, uevent.ErrGap):
			e.count(func(s *Stats) { s.Received.Gaps++ })
			e.report(err)
			e.queue.resync(false, false)
		case errors.Is(err, uevent.ErrDeaf):
			e.condition.hears(err)
			e.report(err)
			e.queue.signal() // all devices are to be served from time to time
		case err != nil:
			return err
		default:
			e.take(&event)
		}
	}
	return errEnded
}

// open opens the source.
func (e *Engine) open(ctx context.Context) (iter.Seq2[uevent.Event, error], error) {
	if e.cfg.Events != nil {
		return e.cfg.Events(ctx), nil
	}
	listener, err := uevent.Listen(nil)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.listener = listener
	return listener.Events(ctx), nil
}

// hangUp closes the listener of this machine's events.
func (e *Engine) hangUp() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.listener == nil {
		return
	}
	stats := e.listener.Stats()
	e.stats.Received.Foreign += stats.Foreign
	e.stats.Received.Malformed += stats.Malformed
	e.listener.Close()
	e.listener = nil
}

// take queues an event, if it is about a device that may need a module.
func (e *Engine) take(event *uevent.Event) {
	e.count(func(s *Stats) { s.Received.Events++ })
	if e.cfg.Event != nil {
		e.tell(func() { e.cfg.Event(event) })
	}
	if event.Modalias != "" {
		e.condition.heard()
	}
	if !concerns(event) || !e.allows(event.Modalias) {
		return
	}
	if event.Action == uevent.Add {
		e.failures.anew(event.Modalias, time.Now())
	}
	e.queue.add(event.Modalias)
}

// concerns reports whether an event is about a device that may need a module. One that
// a driver has just taken is served already.
func concerns(e *uevent.Event) bool {
	switch e.Action {
	case uevent.Remove, uevent.Bind, uevent.Unbind, uevent.Offline:
		return false
	}
	return e.Modalias != ""
}
