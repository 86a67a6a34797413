package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// daemon loads the modules of devices that are present and that appear.
type daemon struct {
	library *library
	log     *slog.Logger
	metrics *metrics
	events  func(context.Context) iter.Seq2[uevent.Event, error]
	stats   func() uevent.Stats
	hangups <-chan os.Signal // each requests the policy to be read again
	dryRun  bool
	grace   time.Duration // how long to wait for loads in progress at the end

	pending *pending
	mu      sync.Mutex
	told    map[string]bool // modules that were reported as kept out by policy
}

// maxBatches is how many batches may run concurrently: a driver that is slow
// with its devices does not delay the drivers of others.
const maxBatches = 4

// errGrace means that loads in progress did not end in time.
var errGrace = errors.New("modules are still being loaded")

// run serves devices until the context ends or receiving fails. The error is
// nil if the context ended.
func (d *daemon) run(ctx context.Context) error {
	loading, stop := context.WithCancel(ctx)
	defer stop()
	d.pending = newPending()
	events := d.events(loading) // before the present devices are read
	d.pending.resync()
	received := make(chan error, 1)
	go func() { received <- d.receive(events) }()

	var under sync.WaitGroup
	slots := make(chan struct{}, maxBatches)
	var err error
	for err == nil {
		select {
		case err = <-received:
			continue
		case <-d.hangups:
			d.reload()
			continue
		case <-d.pending.wake:
		}
		select {
		case err = <-received:
		case slots <- struct{}{}:
			aliases, all := d.pending.take()
			under.Go(func() {
				defer func() { <-slots }()
				d.batch(loading, aliases, all)
			})
		}
	}
	stop()
	if ctx.Err() != nil {
		d.log.Info("stopping")
		err = nil
	}
	return errors.Join(err, d.waitFor(&under))
}

// reload reads the policy again, and serves all devices according to it.
func (d *daemon) reload() {
	if err := d.library.reload(); err != nil {
		d.log.Error("keeping the old policy", "error", err)
		return
	}
	d.log.Info("read the policy again; serving all devices again")
	d.mu.Lock()
	d.told = nil
	d.mu.Unlock()
	d.pending.resync()
}

// waitFor waits for the batches in progress, for a limited time.
func (d *daemon) waitFor(under *sync.WaitGroup) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		under.Wait()
	}()
	timer := time.NewTimer(d.grace)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
		return fmt.Errorf("%w after %v", errGrace, d.grace)
	}
}

// receive records events until there are no more. The error says why.
func (d *daemon) receive(events iter.Seq2[uevent.Event, error]) error {
	for event, err := range events {
		switch {
		case errors.Is(err, uevent.ErrGap):
			d.log.Warn("events were lost; serving all devices again")
			d.pending.resync()
		case err != nil:
			return err
		case concerns(&event):
			d.log.Debug("event", "action", event.Action, "device", event.Devpath, "alias", event.Modalias)
			d.pending.add(event.Modalias)
		}
	}
	return errors.New("there are no more events")
}

// concerns reports whether an event is about a device that may need a module.
// Devices with a driver are served already.
func concerns(e *uevent.Event) bool {
	switch e.Action {
	case uevent.Remove, uevent.Bind, uevent.Unbind, uevent.Offline:
		return false
	}
	return e.Modalias != ""
}

// batch serves the devices with the given aliases, or all that are present.
func (d *daemon) batch(ctx context.Context, aliases []string, all bool) {
	if all {
		d.coldplug(ctx)
	} else {
		d.metrics.change(func(m *metrics) { m.batches++ })
		d.report(d.loadAliases(ctx, aliases))
	}
	d.metrics.change(func(m *metrics) { m.received = d.stats() })
	if err := d.metrics.write(); err != nil {
		d.log.Error("metrics were not written", "error", err)
	}
}

// report logs what went wrong with a batch as a whole. Failed modules have been
// reported already.
func (d *daemon) report(result *kmod.Result, err error) {
	if result == nil && err != nil && !errors.Is(err, context.Canceled) {
		d.log.Error("nothing was loaded", "error", err)
	}
}
