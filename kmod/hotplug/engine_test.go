package hotplug_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// drivers is the module tree of these tests.
func drivers() *kmodtest.Tree {
	return &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "bus"},
		{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:nic*"}},
		{Name: "disk", Depends: []string{"bus"}, Aliases: []string{"pci:disk*"}},
		{Name: "picky", Aliases: []string{"pci:disk*"}},
		{Name: "stick", Aliases: []string{"usb:stick*"}},
		{Name: "cam", Aliases: []string{"usb:cam*"}},
		{Name: "compiled", Builtin: true},
	}}
}

// machine is an engine with its environment, in a bubble of testing/synctest.
type machine struct {
	t      *testing.T
	kernel *kmodtest.Kernel
	cfg    hotplug.Config
	engine *hotplug.Engine
	cancel context.CancelFunc
	ended  chan error

	mu   sync.Mutex
	said []string // what the functions of the configuration were told
}

// inBubble runs a test with a machine. set changes the configuration before the engine is
// made.
func inBubble(t *testing.T, set func(*machine), test func(*machine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		tree := drivers()
		m := &machine{t: t, kernel: tree.Kernel(), ended: make(chan error, 1)}
		m.cfg = hotplug.Config{
			Open: func() (*kmod.Loader, error) {
				db, err := tree.Open()
				return kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: m.kernel, Parallel: 4}), err
			},
			Events: m.kernel.Events,
			Served: func(b *hotplug.Batch) { m.say("%s", summary(b)) },
			Failed: func(f *hotplug.Failure) {
				m.say("%s for %s failed %d, again in %v", f.Module, f.Alias, f.Tries, f.Pause)
			},
			Error: func(err error) { m.say("error: %v", err) },
		}
		if set != nil {
			set(m)
		}
		m.engine = hotplug.New(&m.cfg)
		test(m)
	})
}

func summary(b *hotplug.Batch) string {
	what := "batch"
	if b.All {
		what = "all"
	}
	if b.Result == nil {
		return fmt.Sprintf("%s: %v", what, b.Err)
	}
	inserted := b.Result.Inserted()
	slices.Sort(inserted)
	return strings.TrimSpace(fmt.Sprintf("%s %d: %s", what, b.Result.Aliases, strings.Join(inserted, " ")))
}

func (m *machine) say(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said = append(m.said, fmt.Sprintf(format, args...))
}

// start begins to run the engine.
func (m *machine) start() {
	ctx, cancel := context.WithCancel(m.t.Context())
	m.cancel = cancel
	go func() { m.ended <- m.engine.Run(ctx) }()
}

// after lets time pass, until nothing happens any more, and returns what was said since.
func (m *machine) after(d time.Duration) []string {
	time.Sleep(d)
	synctest.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	said := m.said
	m.said = nil
	return said
}

// expect lets time pass, and compares what was said.
func (m *machine) expect(d time.Duration, want ...string) {
	m.t.Helper()
	if got := m.after(d); !slices.Equal(got, want) {
		m.t.Errorf("after %v:\n%s\nwant:\n%s", d, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// end ends the engine.
func (m *machine) end() {
	m.t.Helper()
	m.cancel()
	if err := <-m.ended; err != nil {
		m.t.Error(err)
	}
}

func (m *machine) modules() string {
	names := m.kernel.Modules()
	slices.Sort(names)
	return strings.Join(names, " ")
}

func (m *machine) plug(aliases ...string) { m.kernel.Plug(devices(aliases)...) }

func (m *machine) plugUnheard(aliases ...string) { m.kernel.PlugUnheard(devices(aliases)...) }

// devices are those of some aliases.
func devices(aliases []string) []uevent.Device {
	var all []uevent.Device
	for _, alias := range aliases {
		all = append(all, uevent.Device{Devpath: "/devices/" + strings.ReplaceAll(alias, ":", "/"), Modalias: alias})
	}
	return all
}

const moment = 50 * time.Millisecond

// TestRun: the devices that are present are served first, then those that come, those
// that come together in one batch.
func TestRun(t *testing.T) {
	inBubble(t, nil, func(m *machine) {
		m.plug("pci:nic1", "usb:unknown")
		m.start()
		m.expect(moment, "all 2: bus nic")
		m.plug("usb:stick1", "usb:stick2", "usb:stick1")
		m.plug("pci:disk1")
		m.kernel.Trigger(uevent.Bind, "/devices/pci/disk1")
		m.expect(moment, "batch 3: disk picky stick")
		m.kernel.Unplug("/devices/pci/disk1")
		m.expect(time.Hour)
		m.end()
		if got := m.modules(); got != "bus disk nic picky stick" {
			t.Errorf("in the kernel: %s", got)
		}
		stats := m.engine.Stats()
		if stats.Resyncs != 1 || stats.Batches != 1 || stats.Received.Events != 11 || stats.Restarts != 0 {
			t.Errorf("%+v", stats)
		}
		if err := m.engine.Run(t.Context()); err == nil {
			t.Error("it runs twice")
		}
	})
}

// TestRunListensFirst: a device that comes while those present are read is not missed.
func TestRunListensFirst(t *testing.T) {
	inBubble(t, func(m *machine) {
		m.cfg.Devices = func() iter.Seq2[uevent.Device, error] {
			return func(yield func(uevent.Device, error) bool) {
				m.plug("usb:stick1") // it has been looked for already
			}
		}
	}, func(m *machine) {
		m.start()
		m.expect(moment, "all 0:", "batch 1: stick")
		m.end()
	})
}

// TestGap: after a loss of events the devices that are present are served, at most once
// a second.
func TestGap(t *testing.T) {
	inBubble(t, nil, func(m *machine) {
		m.start()
		m.expect(moment, "all 0:")
		lost := "error: " + uevent.ErrGap.Error()
		m.plugUnheard("pci:nic1")
		m.expect(moment, lost)
		m.plug("usb:stick1")
		m.expect(moment, "batch 1: stick")
		m.kernel.LoseEvents()
		m.expect(time.Second, lost, "all 2: bus nic")
		m.expect(time.Hour)
		m.plugUnheard("usb:cam1")
		m.expect(moment, lost, "all 3: cam")
		m.end()
		if got := m.engine.Stats().Received.Gaps; got != 3 {
			t.Errorf("%d gaps", got)
		}
	})
}

// TestRetry: what failed is tried again after pauses that grow, and not at each event.
func TestRetry(t *testing.T) {
	inBubble(t, func(m *machine) {
		m.cfg.Retry = hotplug.Retry{Min: time.Second, Max: 3 * time.Second, Attempts: 3}
	}, func(m *machine) {
		m.kernel.Fail("nic", syscall.EIO)
		m.plug("pci:nic1")
		m.start()
		m.expect(moment, "nic for pci:nic1 failed 1, again in 1s", "all 1: bus")
		m.plug("pci:nic1")
		m.kernel.Trigger(uevent.Change, "/devices/pci/nic1")
		m.expect(moment, "batch 1:")
		m.expect(time.Second, "nic for pci:nic1 failed 2, again in 2s", "batch 1:")
		m.expect(2*time.Second, "nic for pci:nic1 failed 3, again in 3s", "batch 1:")
		m.expect(2 * time.Second)
		m.expect(time.Second, "nic for pci:nic1 failed 4, again in 0s", "batch 1:")
		m.expect(time.Hour)
		m.kernel.Trigger(uevent.Change, "/devices/pci/nic1")
		m.expect(time.Hour, "batch 1:")
		m.kernel.Fail("nic", 0)
		m.plug("pci:nic1")
		m.expect(time.Hour, "batch 1: nic")
		m.end()
	})
}

// TestRetrySoon: a device that comes during the last pause is served after that.
func TestRetrySoon(t *testing.T) {
	inBubble(t, nil, func(m *machine) {
		m.kernel.FailTimes("picky", syscall.ENODEV, 1)
		m.plug("pci:disk1")
		m.start()
		m.expect(moment, "picky for pci:disk1 failed 1, again in 0s", "all 1: bus disk")
		m.plug("pci:disk1")
		m.expect(moment, "batch 1:")
		m.expect(time.Second, "batch 1: picky")
		m.expect(time.Hour)
		m.end()
	})
}

// TestNoDevice: a module that found no device is tried again when one comes, not before.
func TestNoDevice(t *testing.T) {
	inBubble(t, nil, func(m *machine) {
		m.kernel.Fail("picky", syscall.ENODEV)
		m.kernel.Fail("disk", syscall.EIO)
		m.plug("pci:disk1")
		m.start()
		got := m.after(0)
		got = append(got, m.after(time.Hour)...)
		if n := strings.Count(strings.Join(got, "\n"), "picky for"); n != 1 {
			t.Errorf("picky was tried %d times:\n%s", n, strings.Join(got, "\n"))
		}
		if n := strings.Count(strings.Join(got, "\n"), "disk for"); n != 9 {
			t.Errorf("disk was tried %d times:\n%s", n, strings.Join(got, "\n"))
		}
		m.kernel.Fail("picky", 0)
		m.kernel.Fail("disk", 0)
		m.kernel.Trigger(uevent.Change, "/devices/pci/disk1")
		m.expect(moment, "batch 1:")
		m.plug("pci:disk1")
		m.expect(moment, "batch 1: disk picky")
		m.end()
	})
}

// TestForbidden: what policy forbids is not asked about again before a Reload.
func TestForbidden(t *testing.T) {
	forbidden, asked := true, 0
	inBubble(t, func(m *machine) {
		open := m.cfg.Open
		m.cfg.Open = func() (*kmod.Loader, error) {
			loader, err := open()
			return kmod.NewLoader(loader.DB(), &kmod.LoaderConfig{Kernel: m.kernel, Policy: func(s *kmod.Step) error {
				if s.Module.Name == "nic" && forbidden {
					asked++
					return errors.New("not here")
				}
				return nil
			}}), err
		}
	}, func(m *machine) {
		m.plug("pci:nic1")
		m.start()
		m.expect(time.Hour, "nic for pci:nic1 failed 1, again in 0s", "all 1:")
		m.plug("pci:nic1")
		m.engine.Resync()
		m.after(time.Hour)
		forbidden = false
		m.engine.Reload()
		m.expect(time.Hour, "all 1: bus nic")
		m.end()
		if asked != 1 {
			t.Errorf("it was asked %d times", asked)
		}
	})
}

// TestAllow: devices that are not allowed are left alone.
func TestAllow(t *testing.T) {
	inBubble(t, func(m *machine) {
		m.cfg.Allow = func(alias string) error {
			if strings.HasPrefix(alias, "usb:") {
				return errors.New("no USB here")
			}
			return nil
		}
		m.cfg.Served = func(b *hotplug.Batch) { m.say("%s, %d devices", summary(b), b.Result.Devices) }
	}, func(m *machine) {
		m.plug("usb:stick1", "pci:nic1")
		m.kernel.Plug(uevent.Device{Devpath: "/devices/other", Modalias: "pci:nic1"})
		m.start()
		m.expect(moment, "all 1: bus nic, 2 devices")
		m.plug("usb:stick2")
		m.expect(moment)
		m.plug("usb:stick3", "pci:disk1")
		m.expect(moment, "batch 1: disk picky, 0 devices")
		m.end()
	})
}

// TestSlow: a module that does not come to an end delays no other, however often its
// device has events and events are lost.
func TestSlow(t *testing.T) {
	inBubble(t, nil, func(m *machine) {
		_, release := m.kernel.Block("stick")
		m.plug("usb:stick1")
		m.start()
		m.expect(time.Minute)
		for range 10 {
			m.kernel.Trigger(uevent.Change, "/devices/usb/stick1")
			m.kernel.LoseEvents()
			m.after(time.Minute)
		}
		m.plug("pci:nic1")
		m.expect(moment, "batch 1: bus nic")
		release()
		m.expect(moment, "all 1: stick", "batch 1:")
		m.end()
	})
}

// TestEnd: at the end a module in progress is waited for, and no other begun.
func TestEnd(t *testing.T) {
	inBubble(t, nil, func(m *machine) {
		_, release := m.kernel.Block("bus")
		m.plug("pci:nic1")
		m.start()
		m.after(moment)
		m.cancel()
		m.after(9 * time.Second)
		select {
		case err := <-m.ended:
			t.Errorf("it ended too early, with %v", err)
		default:
		}
		release()
		if err := <-m.ended; err != nil {
			t.Error(err)
		}
		if got := m.modules(); got != "bus" {
			t.Errorf("in the kernel: %s", got)
		}
	})
}

// TestGrace: it is not waited for longer than said, and then nothing is reported.
func TestGrace(t *testing.T) {
	inBubble(t, func(m *machine) { m.cfg.Grace = time.Second }, func(m *machine) {
		_, release := m.kernel.Block("stick")
		m.plug("usb:stick1")
		m.start()
		m.after(moment)
		m.cancel()
		begun := time.Now()
		if err := <-m.ended; !errors.Is(err, hotplug.ErrGrace) || time.Since(begun) != time.Second {
			t.Errorf("ended with %v after %v", err, time.Since(begun))
		}
		release()
		m.expect(time.Minute)
	})
}

// TestOnce: the devices present are served, and what failed is an error.
func TestOnce(t *testing.T) {
	inBubble(t, nil, func(m *machine) {
		m.kernel.Fail("picky", syscall.ENODEV)
		m.plug("pci:disk1", "usb:stick1")
		b, err := m.engine.Once(t.Context())
		if !errors.Is(err, syscall.ENODEV) || b == nil || summary(b) != "all 2: bus disk stick" {
			t.Errorf("%+v, %v", b, err)
		}
		m.expect(time.Hour, "picky for pci:disk1 failed 1, again in 0s", "all 2: bus disk stick")
	})
}
