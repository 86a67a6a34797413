package hotplug

import (
	"errors"
	"sync"
	"time"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/kmod/uevent"
)

var (
	errNotListening = errors.New("it does not listen to events yet")
	errNotOpened    = errors.New("the modules have not been opened yet")
	errNotServed    = errors.New("the devices that are present have not been served yet")
	errOver         = errors.New("it has ended")
)

// Ready returns nil while the engine does all of its work: it listens to events, which
// can come, it may insert modules, it has served all devices that were present once, the
// last batch could be done, and it has opened the newest indexes that it knows of.
// Otherwise the error joins the reasons: it has a method Unwrap() []error. Modules that
// fail are not a reason.
func (e *Engine) Ready() error {
	if e.over.Load() {
		return errors.Join(errOver)
	}
	kernel, modules := e.shelf.state()
	var refused error
	if kernel != nil && !e.cfg.Run.DryRun {
		refused = admission(kernel)
	}
	return e.condition.reasons(refused, modules)
}

// admission returns why a kernel takes no modules from this process, nil if it may.
func admission(kernel live.Kernel) error {
	if kernfs.ModulesDisabled(kernel.Proc()) {
		return kmod.ErrModulesDisabled
	}
	if capable, known := kernfs.Capable(kernel.Proc()); known && !capable {
		return kmod.ErrCapability
	}
	return nil
}

// condition is what keeps an engine from its work. It is safe for concurrent use.
type condition struct {
	mu     sync.Mutex
	events error // why none are received
	batch  error // why the last batch could not be done
	served bool  // all devices, once
}

// reasons joins what keeps the engine from its work: this, that the kernel takes no
// modules, and that there are none or not the newest.
func (c *condition) reasons(refused, modules error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch, served := c.batch, errNotServed
	if modules != nil {
		batch = nil // it is for the same reason
	}
	if c.served {
		served = nil
	}
	return errors.Join(c.events, refused, modules, batch, served)
}

func (c *condition) hearing() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.events
}

// hears records that the engine listens, or why it does not or hears nothing.
func (c *condition) hears(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events = err
}

// heard records that an event about a device has come: then others can come, too.
func (c *condition) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(c.events, uevent.ErrDeaf) {
		c.events = nil
	}
}

// done records that a batch was done, or why it could not be: then all devices are served
// after a pause.
func (c *condition) done(b *Batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case b.Result == nil:
		c.batch = b.Err
	case b.All:
		c.batch, c.served = nil, true
	}
}

// deafRescan is how often all devices are served where no events can come.
const deafRescan = 30 * time.Second

// rescan returns how often all devices are served now without an event, 0 for never.
func (e *Engine) rescan() time.Duration {
	switch events := e.condition.hearing(); {
	case e.cfg.Rescan > 0:
		return e.cfg.Rescan
	case e.cfg.Rescan == 0 && errors.Is(events, uevent.ErrDeaf):
		return deafRescan
	}
	return 0
}
