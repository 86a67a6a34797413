package hotplug

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// ErrGrace means that modules were still being inserted, or the source of events did not
// end, when Config.Grace had passed after the end of the context.
var ErrGrace = errors.New("what was under way did not end in time")

var (
	errUsed  = errors.New("the engine has been run already")
	errNoDB  = errors.New("the loader that Open returned has no DB")
	errEnded = errors.New("the source of events has ended")
)

// Engine serves devices. It is safe for concurrent use.
type Engine struct {
	cfg      Config
	shelf    *shelf
	queue    *queue
	failures *failures
	used     atomic.Bool

	calls sync.Mutex // held while a function of the configuration reports something
	over  atomic.Bool

	condition condition

	mu       sync.Mutex // guards what follows
	stats    Stats
	listener *uevent.Listener // of this machine, nil for none
}

// Stats counts what an [Engine] did.
type Stats struct {
	// Received is what the source of events had. Foreign and malformed messages are
	// known for this machine's only.
	Received uevent.Stats

	Restarts uint64 // how often the source of events was restarted after an error
	Resyncs  uint64 // batches for all devices
	Batches  uint64 // other batches
}

// New makes an engine. It does nothing until it runs.
func New(cfg *Config) *Engine {
	full := cfg.withDefaults()
	return &Engine{
		cfg:      full,
		shelf:    &shelf{open: full.Open, retry: full.Retry},
		queue:    newQueue(full.Retry.pause(1)),
		failures: newFailures(full.Retry),

		condition: condition{events: errNotListening},
	}
}

// Run serves devices until the context ends; then the error is nil, or wraps [ErrGrace].
// Otherwise it returns only when it cannot begin: the first loader cannot be opened and
// Config.Patient is not set, or there are no events to listen to on this machine. What
// goes wrong later is reported and tried again; see the documentation of the package. An
// engine runs once.
func (e *Engine) Run(ctx context.Context) error {
	if !e.used.CompareAndSwap(false, true) {
		return errUsed
	}
	defer e.over.Store(true)
	if err := e.begin(); err != nil && !e.cfg.Patient {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var under sync.WaitGroup
	deaf := make(chan error, 1)
	under.Go(func() {
		if err := e.listen(working); err != nil {
			deaf <- err
		}
	})
	err := e.work(working, &under, deaf)
	stop()
	return errors.Join(err, e.wait(&under))
}

// begin opens the first loader.
func (e *Engine) begin() error {
	loader, _, err := e.shelf.borrow(false)
	if err != nil {
		return err
	}
	defer e.shelf.giveBack(loader)
	e.opened(loader.Loader, false)
	return nil
}

// Once serves the devices that are present, and waits for that. It does not listen, and
// tries nothing again. The batch is nil when
// the loader cannot be opened; the error is that of the batch.
func (e *Engine) Once(ctx context.Context) (*Batch, error) {
	if !e.used.CompareAndSwap(false, true) {
		return nil, errUsed
	}
	defer e.shelf.close()
	if err := e.begin(); err != nil {
		return nil, err
	}
	b := e.batch(ctx, work{all: true, anew: true})
	return b, b.Err
}

// Resync serves all devices that are present, as after a loss of events. Modules that
// failed are tried again when their pause is over.
func (e *Engine) Resync() { e.queue.resync(true, false) }

// Reload opens a new loader, forgets which modules failed, and serves all devices that
// are present: after a change of the configuration or the policy. When the loader cannot
// be opened, that is reported and tried again, and the old one stays.
func (e *Engine) Reload() { e.queue.resync(true, true) }

// Refresh looks whether depmod(8) has written indexes, or whether a loader that could not
// be opened can be now, as the engine does before each batch; then it opens a new one and
// serves all devices. It costs a few calls of stat(2), and does nothing before Run and
// after its end.
func (e *Engine) Refresh() {
	if loader := e.shelf.look(); loader != nil {
		defer e.shelf.giveBack(loader)
		e.opened(loader.Loader, true)
	}
}

// Stats returns what happened so far.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	stats := e.stats
	if e.listener != nil {
		now := e.listener.Stats()
		stats.Received.Foreign += now.Foreign
		stats.Received.Malformed += now.Malformed
	}
	return stats
}

// count changes the numbers.
func (e *Engine) count(change func(*Stats)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.stats)
}

// tell calls a function of the configuration that reports something.
func (e *Engine) tell(call func()) {
	e.calls.Lock()
	defer e.calls.Unlock()
	if !e.over.Load() {
		call()
	}
}

// opened begins to use a new loader: what failed, or had no module, may have one now.
func (e *Engine) opened(loader *kmod.Loader, resync bool) {
	e.failures.forget()
	if e.cfg.Opened != nil {
		e.tell(func() { e.cfg.Opened(loader) })
	}
	if resync {
		e.queue.resync(true, false)
	}
}

// report reports an error.
func (e *Engine) report(err error) {
	if e.cfg.Error != nil {
		e.tell(func() { e.cfg.Error(err) })
	}
}

// work starts batches until the context ends, or there is nothing to listen to.
func (e *Engine) work(ctx context.Context, under *sync.WaitGroup, deaf <-chan error) error {
	slots := make(chan struct{}, e.cfg.Parallel)
	for {
		var timer <-chan time.Time
		if next, found := e.next(); found {
			timer = time.After(time.Until(next))
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-deaf:
			return err
		case <-timer:
			continue
		case <-e.queue.wake:
		}
		if e.cfg.Delay > 0 {
			sleep(ctx, e.cfg.Delay)
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-deaf:
			return err
		case slots <- struct{}{}:
		}
		w, found := e.queue.take(time.Now())
		if !found || ctx.Err() != nil {
			<-slots
			continue
		}
		under.Go(func() {
			defer func() { <-slots }()
			e.batch(ctx, w)
		})
	}
}

// next queues what it is time to try again, and returns when something else is due.
func (e *Engine) next() (next time.Time, found bool) {
	now := time.Now()
	aliases, next, found := e.failures.due(now)
	for _, alias := range aliases {
		if alias == "" {
			e.queue.resync(false, false)
		} else {
			e.queue.add(alias)
		}
	}
	if every := e.rescan(); every > 0 {
		if at := e.queue.rescan(now, every); now.Before(at) && (!found || at.Before(next)) {
			next, found = at, true
		}
	}
	if at, waits := e.queue.due(); waits {
		if !now.Before(at) {
			e.queue.signal()
		} else if !found || at.Before(next) {
			next, found = at, true
		}
	}
	return next, found
}

// batch serves a batch and reports on it.
func (e *Engine) batch(ctx context.Context, w work) *Batch {
	b := e.serve(ctx, w)
	e.count(func(s *Stats) {
		if b.All {
			s.Resyncs++
		} else {
			s.Batches++
		}
	})
	if ctx.Err() == nil {
		e.condition.done(b)
	}
	switch {
	case ctx.Err() != nil:
	case b.Result == nil:
		e.failed(b.Err)
	case b.All:
		e.failures.clear("", "")
	}
	if e.cfg.Served != nil {
		e.tell(func() { e.cfg.Served(b) })
	}
	e.queue.signal() // for what waited for it, or is to be tried again
	return b
}

// failed has all devices served after a pause, as a batch could not be. Until then,
// nothing is reported about others.
func (e *Engine) failed(err error) {
	if now := time.Now(); e.failures.begin("", "", now) {
		e.failures.add("", "", err, now)
		e.report(err)
	}
}

// wait waits for all that is under way, for a limited time.
func (e *Engine) wait(under *sync.WaitGroup) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		under.Wait()
		e.shelf.close()
	}()
	timer := time.NewTimer(e.cfg.Grace)
	defer timer.Stop()
	select {
	case <-ended:
		return nil
	case <-timer.C:
		return fmt.Errorf("%w: %v", ErrGrace, e.cfg.Grace)
	}
}

// sleep waits for some time, or for the end of the context.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
