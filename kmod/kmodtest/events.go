package kmodtest

import (
	"context"
	"iter"
	"strconv"

	"github.com/gokmod/gokmod/kmod/uevent"
)

// listener receives the kernel's events.
type listener struct {
	wake  chan struct{} // has a token when there may be something
	queue []uevent.Event
	gap   bool
	deaf  bool // it has to be told that no events can come
}

// Events yields the events of devices and modules that come and go, as the method of
// that name of a uevent.Listener does. It listens from the moment of the call on, until
// a loop over the sequence ends.
func (k *Kernel) Events(ctx context.Context) iter.Seq2[uevent.Event, error] {
	l := &listener{wake: make(chan struct{}, 1), deaf: k.Deaf}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.listeners == nil {
		k.listeners = map[*listener]bool{}
	}
	if !k.Deaf {
		k.listeners[l] = true
	}
	return func(yield func(uevent.Event, error) bool) {
		defer k.forget(l)
		for {
			event, err := k.next(ctx, l)
			if !yield(event, err) || err != nil && err != uevent.ErrGap && err != uevent.ErrDeaf {
				return
			}
		}
	}
}

func (k *Kernel) forget(l *listener) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.listeners, l)
}

// next waits for the next event, or for the report that some were lost.
func (k *Kernel) next(ctx context.Context, l *listener) (uevent.Event, error) {
	for {
		if err := ctx.Err(); err != nil {
			return uevent.Event{}, err
		}
		if event, found, err := k.take(l); found {
			return event, err
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
		}
	}
}

func (k *Kernel) take(l *listener) (event uevent.Event, found bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case l.deaf:
		l.deaf = false
		return event, true, uevent.ErrDeaf
	case len(l.queue) > 0:
		event, l.queue = l.queue[0], l.queue[1:]
		return event, true, nil
	case l.gap:
		l.gap = false
		return event, true, uevent.ErrGap
	}
	return event, false, nil
}

// LoseEvents makes all listeners lose the events that they have not received
// yet. They get uevent.ErrGap. For events that nobody may receive before, see
// [Kernel.PlugUnheard].
func (k *Kernel) LoseEvents() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.loseEvents()
}

// loseEvents is LoseEvents. The lock is held.
func (k *Kernel) loseEvents() {
	for l := range k.listeners {
		l.queue, l.gap = nil, true
		l.signal()
	}
}

// send sends an event about a device. The lock is held.
func (k *Kernel) send(action string, d device) {
	k.broadcast(uevent.Event{Action: action, Devpath: d.Devpath, Subsystem: d.subsystem, Modalias: d.Modalias}, d.variables())
}

// sendModule sends an event about a module. The lock is held.
func (k *Kernel) sendModule(action string, m *module) {
	k.broadcast(uevent.Event{Action: action, Devpath: "/module/" + m.name, Subsystem: "module"}, nil)
}

// broadcast numbers an event, completes its variables and sends it. The lock is held.
func (k *Kernel) broadcast(event uevent.Event, env []uevent.Variable) {
	k.seqnum++
	event.Seqnum = k.seqnum
	add := func(key, value string) { event.Env = append(event.Env, uevent.Variable{Key: key, Value: value}) }
	add("ACTION", event.Action)
	add("DEVPATH", event.Devpath)
	if event.Subsystem != "" {
		add("SUBSYSTEM", event.Subsystem)
	}
	event.Env = append(event.Env, env...)
	add("SEQNUM", strconv.FormatUint(k.seqnum, 10))
	for l := range k.listeners {
		l.queue = append(l.queue, event)
		l.signal()
	}
}

func (l *listener) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
