package hotplug

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// Config holds the options of an [Engine]. The zero value, or nil, means the
// defaults: the devices and modules of this machine.
//
// The functions that report something (Opened, Event, Served, Failed, Error, and
// Start and Done of Run) are for logs and metrics. They never overlap, hold up the
// engine while they run, and are not called any more when [Engine.Run] has returned.
type Config struct {
	// Open opens the loader that finds and loads modules: when the engine starts,
	// after depmod has written new indexes, and for [Engine.Reload]. The engine closes
	// the loader's DB when it has a newer one and nothing uses it any more, and that of
	// a loader that comes with an error. nil means the running kernel and the defaults
	// of package kmod.
	Open func() (*kmod.Loader, error)

	// Events is the source of events, such as Events of a [uevent.Listener]. It
	// listens from the moment of the call on, and ends when the context does. When it
	// has ended with an error, it is called again. nil means a listener of this
	// machine's events.
	Events Source

	// Devices yields the devices that are present. nil means those that the kernel
	// of the loader shows; see [kmod.Loader.Devices].
	Devices func() iter.Seq2[uevent.Device, error]

	// Allow, if not nil, is asked about the modalias of every device. An error means
	// that the device is left alone. Calls may overlap. Modules are the concern of
	// [kmod.LoaderConfig].Policy.
	Allow func(modalias string) error

	// Plan and Run are the options for each batch of devices. KeepGoing is always on.
	Plan kmod.PlanOptions
	Run  kmod.RunOptions

	// Delay is how long a batch waits for further events after the first. 0 means
	// 5 ms; a negative one means not to wait.
	Delay time.Duration

	// Rescan is how often all devices that are present are served without an event that
	// says so. 0 means every 30 s while no events can come (uevent.ErrDeaf), and never
	// otherwise; a negative one means never.
	Rescan time.Duration

	// Patient makes [Engine.Run] begin even if Open fails, as on a machine without
	// modules, and try again after pauses that grow; see [Engine.Refresh] too. Without it
	// Run ends then.
	Patient bool

	// Parallel is how many batches may be under way at the same time, so that a
	// driver that is slow with its device does not hold up those of others. 0 means 4.
	Parallel int

	// Retry says when modules that failed are tried again.
	Retry Retry

	// Grace is how long Run waits at its end for modules that are being inserted.
	// 0 means 10 s; a negative one means not to wait.
	Grace time.Duration

	// Opened, if not nil, is told of each loader that Open returned.
	Opened func(*kmod.Loader)

	// Event, if not nil, is told of each event, whether it matters or not.
	Event func(*uevent.Event)

	// Served, if not nil, is told of each batch of devices that was served.
	Served func(*Batch)

	// Failed, if not nil, is told of each module that could not be loaded for a
	// device, and when it will be tried again.
	Failed func(*Failure)

	// Error, if not nil, is told what went wrong besides single modules: the source
	// of events failed, lost some (uevent.ErrGap) or can have none (uevent.ErrDeaf), new
	// indexes could not be opened, a batch could not be planned. The engine goes on.
	Error func(error)
}

// Source is a source of events. It listens from the call on, before the sequence
// is used. [uevent.Listener] and the kernel of package kmodtest have such methods.
type Source func(context.Context) iter.Seq2[uevent.Event, error]

// Retry says how often and when something that failed is tried again. The pause
// doubles each time.
type Retry struct {
	Min time.Duration // the first pause; 0 means 1 s
	Max time.Duration // the longest pause; 0 means 5 min

	// Attempts is how often it is tried again; 0 means 8 times, a negative number
	// never. What concerns all devices, such as a source of events that fails or
	// indexes that are missing, is tried again without an end.
	Attempts int
}

// pause returns how long to wait after a number of failures.
func (r *Retry) pause(failures int) time.Duration {
	pause := cmp.Or(r.Min, time.Second)
	longest := max(pause, cmp.Or(r.Max, 5*time.Minute))
	for range failures - 1 {
		if pause > longest/2 {
			return longest
		}
		pause *= 2
	}
	return pause
}

// withDefaults returns a copy in which the zero values are replaced.
func (c *Config) withDefaults() Config {
	var full Config
	if c != nil {
		full = *c
	}
	if full.Open == nil {
		full.Open = openDefault
	}
	full.Delay = max(0, cmp.Or(full.Delay, 5*time.Millisecond))
	full.Grace = max(0, cmp.Or(full.Grace, 10*time.Second))
	if full.Parallel <= 0 {
		full.Parallel = 4
	}
	if full.Retry.Attempts == 0 {
		full.Retry.Attempts = 8
	}
	return full
}

func openDefault() (*kmod.Loader, error) {
	db, err := kmod.Open(nil)
	if err != nil {
		return nil, err
	}
	return kmod.NewLoader(db, nil), nil
}
