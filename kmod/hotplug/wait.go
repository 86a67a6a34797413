package hotplug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// WaitConfig holds the options of [Wait], [WaitDevice] and [WaitModule]. The zero value,
// or nil, means this machine.
type WaitConfig struct {
	// Events is the source of events, as in [Config]. When it fails, or there is none on
	// this machine, waiting goes on without it.
	Events Source

	// Poll is how often to look without an event. 0 means 250 ms: links that udev makes,
	// and modules in kernels before 5.3, have no event when they are ready.
	Poll time.Duration

	// Dev is the file system with the device nodes. nil means /dev of this machine.
	Dev fs.FS

	// Loader knows the modules. nil means the running kernel and what it shows of them:
	// the names are then the kernel's, and of the built-in ones those without parameters
	// are not known.
	Loader *kmod.Loader
}

// WaitDevice waits for one of some device nodes, such as "/dev/vda", to exist, and
// returns the first of them that does. It listens before it looks, so that none is
// missed. The error is that of the context, or of a node that cannot be looked for.
func WaitDevice(ctx context.Context, cfg *WaitConfig, paths ...string) (path string, err error) {
	stat := os.Stat
	if cfg != nil && cfg.Dev != nil {
		stat = func(name string) (fs.FileInfo, error) { return fs.Stat(cfg.Dev, strings.TrimPrefix(name, "/dev/")) }
	}
	err = Wait(ctx, cfg, func() (bool, error) {
		for _, path = range paths {
			if _, err := stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
				return err == nil, err
			}
		}
		return false, nil
	})
	if err != nil {
		return "", fmt.Errorf("wait for %s: %w", strings.Join(paths, " or "), err)
	}
	return path, nil
}

// WaitModule waits for a module to be live, or built in; see [kmod.Loader.Status]. A
// module that fails does not end the wait, as it may be inserted again.
func WaitModule(ctx context.Context, cfg *WaitConfig, name string) error {
	loader := kmod.NewLoader(nil, nil)
	if cfg != nil && cfg.Loader != nil {
		loader = cfg.Loader
	}
	err := Wait(ctx, cfg, func() (bool, error) {
		status, err := loader.Status(name)
		return status == kmod.StatusLive || status == kmod.StatusBuiltin, err
	})
	if err != nil {
		return fmt.Errorf("wait for the module %s: %w", name, err)
	}
	return nil
}

// Wait waits until reached reports true or an error: it asks when it has begun to listen,
// after events, and when Poll has passed without one. The error is that of reached or of
// the context, which does not interrupt a call of reached.
func Wait(ctx context.Context, cfg *WaitConfig, reached func() (bool, error)) error {
	var c WaitConfig
	if cfg != nil {
		c = *cfg
	}
	listening, stop := context.WithCancel(ctx)
	defer stop()
	changes := make(chan struct{}, 1)
	go c.watch(listening, changes)
	for done := false; !done; {
		timer := time.NewTimer(cmp.Or(c.Poll, 250*time.Millisecond))
		select {
		case <-ctx.Done():
		case <-changes: // first when it listens
		case <-timer.C:
		}
		timer.Stop()
		err := ctx.Err()
		if err == nil {
			done, err = reached()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// watch sends a token when it has begun to listen, and after events.
func (c *WaitConfig) watch(ctx context.Context, changes chan<- struct{}) {
	changed := func() {
		select {
		case changes <- struct{}{}:
		default:
		}
	}
	events, end := c.open(ctx)
	defer end()
	changed()
	for _, err := range events {
		changed()
		if ctx.Err() != nil || err != nil && !errors.Is(err, uevent.ErrGap) && !errors.Is(err, uevent.ErrDeaf) {
			return
		}
	}
}

// open opens the source, and returns a function that closes it.
func (c *WaitConfig) open(ctx context.Context) (events iter.Seq2[uevent.Event, error], end func()) {
	if c.Events != nil {
		return c.Events(ctx), func() {}
	}
	listener, err := uevent.Listen(nil)
	if err != nil {
		return func(func(uevent.Event, error) bool) {}, func() {}
	}
	return listener.Events(ctx), func() { listener.Close() }
}
