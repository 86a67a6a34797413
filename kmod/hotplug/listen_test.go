package hotplug_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// events is a sequence of events with an error at its end, nil for none.
func events(err error, list ...uevent.Event) iter.Seq2[uevent.Event, error] {
	return func(yield func(uevent.Event, error) bool) {
		for _, event := range list {
			if !yield(event, nil) {
				return
			}
		}
		if err != nil {
			yield(uevent.Event{}, err)
		}
	}
}

// TestSourceFails: a source that fails is started anew after pauses that grow, with all
// devices served each time. When it has worked for some time, the pauses begin anew.
func TestSourceFails(t *testing.T) {
	var fixed atomic.Bool
	inBubble(t, func(m *machine) {
		m.cfg.Retry.Max = 3 * time.Second
		m.cfg.Events = func(ctx context.Context) iter.Seq2[uevent.Event, error] {
			if !fixed.Load() {
				return events(errors.New("broken"))
			}
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			context.AfterFunc(ctx, cancel)
			return m.kernel.Events(ctx)
		}
	}, func(m *machine) {
		m.plug("pci:nic1")
		m.start()
		m.expect(moment, "error: broken; listening again in 1s", "all 1: bus nic")
		m.plug("usb:stick1")
		m.expect(time.Second, "error: broken; listening again in 2s", "all 2: stick")
		m.expect(2*time.Second, "error: broken; listening again in 3s", "all 2:")
		fixed.Store(true)
		m.expect(3*time.Second, "all 2:")
		m.plug("usb:cam1")
		m.expect(moment, "batch 1: cam")
		m.expect(time.Minute, "error: context deadline exceeded; listening again in 1s")
		m.end()
		if got := m.engine.Stats().Restarts; got != 3 {
			t.Errorf("%d restarts", got)
		}
	})
}

// TestSourceEnds: a source that ends without an error has failed too.
func TestSourceEnds(t *testing.T) {
	inBubble(t, func(m *machine) {
		m.cfg.Events = func(context.Context) iter.Seq2[uevent.Event, error] {
			return events(nil, uevent.Event{Action: uevent.Add, Modalias: "usb:stick1"})
		}
	}, func(m *machine) {
		m.start()
		m.expect(moment, "error: the source of events has ended; listening again in 1s", "all 1: stick")
		m.end()
	})
}

// TestSourceUnsupported: without a source of events there is nothing to run.
func TestSourceUnsupported(t *testing.T) {
	inBubble(t, func(m *machine) {
		m.cfg.Events = func(context.Context) iter.Seq2[uevent.Event, error] {
			return events(fmt.Errorf("events: %w", errors.ErrUnsupported))
		}
	}, func(m *machine) {
		m.start()
		if err := <-m.ended; !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestSourceFloods: events without an end, of more devices than can wait, end nothing and
// keep no device from being served.
func TestSourceFloods(t *testing.T) {
	n := 0
	var engine *hotplug.Engine
	inBubble(t, func(m *machine) {
		m.cfg.Events = func(ctx context.Context) iter.Seq2[uevent.Event, error] {
			return func(yield func(uevent.Event, error) bool) {
				for ; n < 20000; n++ {
					alias := fmt.Sprintf("usb:no%s%d", strings.Repeat("x", 1000), n)
					if n == 10 || n == 19990 {
						alias = fmt.Sprint("usb:stick", n)
					}
					if n == 19995 {
						m.plug("pci:nic1")
					}
					if n%5000 == 0 {
						// For batches, which wait 5 ms each: none is taken while events come, which
						// would decide which of them are too many.
						time.Sleep(12 * time.Millisecond)
					}
					if !yield(uevent.Event{Action: uevent.Add, Modalias: alias}, nil) {
						return
					}
				}
				<-ctx.Done()
			}
		}
		m.cfg.Served = nil
	}, func(m *machine) {
		engine = m.engine
		m.start()
		m.expect(time.Minute)
		if got := m.modules(); got != "bus nic stick" {
			t.Errorf("in the kernel: %s", got)
		}
		m.end()
	})
	if stats := engine.Stats(); stats.Received.Events != 20000 || stats.Resyncs != 2 || stats.Batches < 4 {
		t.Errorf("%+v", stats)
	}
}

// TestSourceGaps: losses of events without an end keep the engine from nothing else.
func TestSourceGaps(t *testing.T) {
	inBubble(t, func(m *machine) {
		m.cfg.Events = func(ctx context.Context) iter.Seq2[uevent.Event, error] {
			return func(yield func(uevent.Event, error) bool) {
				for ctx.Err() == nil && yield(uevent.Event{}, uevent.ErrGap) {
					time.Sleep(time.Millisecond)
				}
			}
		}
		m.cfg.Error = nil
	}, func(m *machine) {
		m.start()
		m.after(time.Minute)
		m.plug("pci:nic1")
		m.expect(time.Second, "all 1: bus nic")
		m.end()
		if got := m.engine.Stats().Resyncs; got < 60 || got > 62 {
			t.Errorf("all devices were served %d times in a minute", got)
		}
	})
}

// TestSourceBlocks: a source that does not end with its context does not keep Run from
// ending, nor the devices from being served.
func TestSourceBlocks(t *testing.T) {
	for name, inCall := range map[string]bool{"in the call": true, "in the sequence": false} {
		t.Run(name, func(t *testing.T) {
			unblock := make(chan struct{})
			inBubble(t, func(m *machine) {
				unblock = make(chan struct{})
				m.cfg.Events = func(context.Context) iter.Seq2[uevent.Event, error] {
					if inCall {
						<-unblock
					}
					return func(yield func(uevent.Event, error) bool) {
						<-unblock
						yield(uevent.Event{Action: uevent.Add, Modalias: "usb:stick1"}, nil)
					}
				}
			}, func(m *machine) {
				m.start()
				m.after(moment)
				m.plug("pci:nic1")
				m.engine.Resync()
				m.expect(moment, "all 1: bus nic")
				m.cancel()
				begun := time.Now()
				if err := <-m.ended; !errors.Is(err, hotplug.ErrGrace) || time.Since(begun) != 10*time.Second {
					t.Errorf("ended with %v after %v", err, time.Since(begun))
				}
				close(unblock)
				m.expect(time.Minute)
				if got := m.modules(); got != "bus nic" {
					t.Errorf("in the kernel: %s", got)
				}
			})
		})
	}
}

// TestConcerns: which events lead to a batch.
func TestConcerns(t *testing.T) {
	for action, want := range map[string]bool{
		uevent.Add: true, uevent.Change: true, uevent.Move: true, uevent.Online: true,
		uevent.Remove: false, uevent.Bind: false, uevent.Unbind: false, uevent.Offline: false,
	} {
		served := false
		inBubble(t, func(m *machine) {
			m.cfg.Served = func(b *hotplug.Batch) { served = served || b.Result.Aliases > 0 }
			m.cfg.Events = func(ctx context.Context) iter.Seq2[uevent.Event, error] {
				return func(yield func(uevent.Event, error) bool) {
					yield(uevent.Event{Action: action, Modalias: "x"}, nil)
					yield(uevent.Event{Action: uevent.Add, Subsystem: "block"}, nil)
					<-ctx.Done()
				}
			}
		}, func(m *machine) {
			m.start()
			m.after(moment)
			m.end()
			if served != want {
				t.Errorf("%s: %t", action, served)
			}
		})
	}
}

// TestDevicesFail: when the devices cannot be read, that is tried again, and events are
// served nevertheless.
func TestDevicesFail(t *testing.T) {
	var fixed atomic.Bool
	inBubble(t, func(m *machine) {
		m.cfg.Devices = func() iter.Seq2[uevent.Device, error] {
			return func(yield func(uevent.Device, error) bool) {
				if !fixed.Load() {
					yield(uevent.Device{}, errors.New("no sysfs"))
				} else {
					yield(uevent.Device{Modalias: "pci:nic1"}, nil)
				}
			}
		}
	}, func(m *machine) {
		m.start()
		m.expect(moment, "error: no sysfs", "all: no sysfs")
		m.plug("usb:stick1")
		m.expect(moment, "batch 1: stick")
		m.expect(time.Second, "error: no sysfs", "all: no sysfs")
		fixed.Store(true)
		m.expect(time.Second)
		m.expect(time.Second, "all 1: bus nic")
		m.expect(time.Hour)
		m.end()
	})
}

// TestOpenFails: without a loader there is nothing to run.
func TestOpenFails(t *testing.T) {
	failed := errors.New("no root")
	for _, open := range []func() (*kmod.Loader, error){
		func() (*kmod.Loader, error) { return nil, failed },
		func() (*kmod.Loader, error) { return kmod.NewLoader(nil, nil), nil },
	} {
		set := func(m *machine) { m.cfg.Open = open }
		inBubble(t, set, func(m *machine) {
			m.start()
			if err := <-m.ended; err == nil || !errors.Is(err, failed) && !strings.Contains(err.Error(), "has no DB") {
				t.Errorf("ended with %v", err)
			}
		})
		inBubble(t, set, func(m *machine) {
			if b, err := m.engine.Once(t.Context()); err == nil || b != nil {
				t.Errorf("%v, %v", b, err)
			}
		})
	}
}
