package hotplug_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// Reasons not to be ready.
const (
	notListening = "it does not listen to events yet"
	notOpened    = "the modules have not been opened yet"
	notServed    = "the devices that are present have not been served yet"
)

// ready compares the reasons not to be ready.
func (m *machine) ready(want ...string) {
	m.t.Helper()
	got := ""
	if err := m.engine.Ready(); err != nil {
		got = err.Error()
	}
	if want := strings.Join(want, "\n"); got != want {
		m.t.Errorf("not ready because\n%s\nwant\n%s", got, want)
	}
}

// TestReady: an engine is ready when it has served all devices that were present.
func TestReady(t *testing.T) {
	inBubble(t, nil, func(m *machine) {
		m.ready(notListening, notOpened, notServed)
		_, release := m.kernel.Block("stick")
		m.kernel.Fail("cam", syscall.EIO)
		m.plug("usb:stick1", "usb:cam1")
		m.start()
		m.after(moment)
		m.ready(notServed)
		m.plug("pci:nic1")
		m.after(moment)
		m.ready(notServed) // a batch for one device is not enough
		release()
		m.after(moment)
		m.ready()
		m.kernel.LoseEvents()
		m.after(time.Minute)
		m.ready()
		m.end()
		m.ready("it has ended")
	})
}

// TestReadyKernel: an engine is not ready if its kernel takes no modules from it, unless
// it is to load none.
func TestReadyKernel(t *testing.T) {
	for _, test := range []struct {
		weak, disabled, dryRun bool
		want                   error
	}{
		{},
		{weak: true, want: kmod.ErrCapability},
		{weak: true, dryRun: true},
		{weak: true, disabled: true, want: kmod.ErrModulesDisabled},
	} {
		inBubble(t, func(m *machine) {
			m.kernel.NoCapability, m.kernel.ModulesDisabled = test.weak, test.disabled
			m.cfg.Run.DryRun = test.dryRun
		}, func(m *machine) {
			m.start()
			m.after(moment)
			err := m.engine.Ready()
			if (err == nil) != (test.want == nil) || test.want != nil && err.Error() != test.want.Error() || !errors.Is(err, test.want) {
				t.Errorf("ready: %v, want %v", err, test.want)
			}
			m.end()
		})
	}
}

// TestReadySource: an engine is not ready while its source of events does not work.
func TestReadySource(t *testing.T) {
	var fixed atomic.Bool
	inBubble(t, func(m *machine) {
		m.cfg.Events = func(ctx context.Context) iter.Seq2[uevent.Event, error] {
			if !fixed.Load() {
				return events(errors.New("broken"))
			}
			return m.kernel.Events(ctx)
		}
	}, func(m *machine) {
		m.start()
		m.after(moment)
		m.ready("broken")
		fixed.Store(true)
		m.after(time.Minute)
		m.ready()
		m.end()
	})
}

// TestReadyDevices: an engine is not ready after it could not read the devices, until it
// has read them.
func TestReadyDevices(t *testing.T) {
	var broken atomic.Bool
	inBubble(t, func(m *machine) {
		m.cfg.Devices = func() iter.Seq2[uevent.Device, error] {
			return func(yield func(uevent.Device, error) bool) {
				if broken.Load() {
					yield(uevent.Device{}, errors.New("no /sys"))
				}
			}
		}
		broken.Store(true)
	}, func(m *machine) {
		m.start()
		m.after(moment)
		m.ready("no /sys", notServed)
		broken.Store(false)
		m.after(time.Second)
		m.ready()
		broken.Store(true)
		m.engine.Resync()
		m.after(moment)
		m.ready("no /sys")
		m.plug("usb:stick1")
		m.expect(moment, "batch 1: stick")
		m.ready("no /sys")
		broken.Store(false)
		m.after(time.Second)
		m.ready()
		m.end()
	})
}

// TestDeaf: where no events can come all devices are served from time to time. That does
// not make modules fail again that found no device to drive.
func TestDeaf(t *testing.T) {
	deaf := uevent.ErrDeaf.Error()
	inBubble(t, func(m *machine) { m.kernel.Deaf = true }, func(m *machine) {
		m.kernel.Fail("picky", syscall.ENODEV)
		m.plug("pci:disk1")
		m.start()
		m.expect(moment, "error: "+deaf, "picky for pci:disk1 failed 1, again in 0s", "all 1: bus disk")
		m.ready(deaf)
		m.plug("pci:nic1")
		m.expect(29 * time.Second)
		m.expect(time.Second, "all 2: nic")
		m.plug("usb:stick1")
		m.expect(30*time.Second, "all 3: stick")
		m.expect(30*time.Second, "all 3:")
		m.plug("usb:stick2")
		m.engine.Resync()
		m.expect(time.Second, "picky for pci:disk1 failed 1, again in 0s", "all 4:")
		m.expect(29 * time.Second) // after the last time
		m.expect(time.Second, "all 4:")
		m.ready(deaf)
		m.end()
	})
	inBubble(t, func(m *machine) { m.kernel.Deaf, m.cfg.Rescan = true, -1 }, func(m *machine) {
		m.start()
		m.after(moment)
		m.expect(time.Hour)
		m.end()
	})
}

// TestDeafHears: an event about a device shows that events can come; one about a network
// device, which has no modalias, does not.
func TestDeafHears(t *testing.T) {
	later := make(chan uevent.Event)
	inBubble(t, func(m *machine) {
		m.cfg.Events = func(ctx context.Context) iter.Seq2[uevent.Event, error] {
			return func(yield func(uevent.Event, error) bool) {
				if !yield(uevent.Event{}, uevent.ErrDeaf) {
					return
				}
				for event := range later {
					if !yield(event, nil) {
						return
					}
				}
			}
		}
		later = make(chan uevent.Event)
	}, func(m *machine) {
		m.start()
		m.after(moment)
		later <- uevent.Event{Action: uevent.Add, Devpath: "/devices/lo", Subsystem: "net"}
		m.expect(moment)
		m.ready(uevent.ErrDeaf.Error())
		later <- uevent.Event{Action: uevent.Remove, Devpath: "/devices/x", Modalias: "usb:stick1"}
		m.expect(time.Minute)
		m.ready()
		close(later)
		m.after(moment)
		m.cancel()
		<-m.ended
	})
}

// TestRescan: with Rescan all devices are served at that interval, whatever comes.
func TestRescan(t *testing.T) {
	inBubble(t, func(m *machine) { m.cfg.Rescan = time.Minute }, func(m *machine) {
		m.plug("pci:nic1")
		m.start()
		m.expect(time.Minute, "all 1: bus nic")
		m.expect(moment, "all 1:")
		m.plug("usb:stick1")
		m.expect(moment, "batch 1: stick")
		m.expect(time.Minute, "all 2:")
		m.end()
		if got := m.engine.Stats().Resyncs; got != 3 {
			t.Errorf("all devices were served %d times", got)
		}
	})
}

// TestPatient: a patient engine waits for indexes that are missing, looking by itself and
// when it is told to.
func TestPatient(t *testing.T) {
	a := kmodtest.Module{Name: "a", Aliases: []string{"pci:a*"}}
	for _, refresh := range []bool{false, true} {
		root := t.TempDir()
		var opened atomic.Int32
		inBubble(t, func(m *machine) {
			m.cfg.Patient = true
			m.cfg.Open = func() (*kmod.Loader, error) {
				opened.Add(1)
				if _, err := os.Stat(filepath.Join(root, "lib")); err != nil {
					return nil, errors.New("no modules")
				}
				db, err := kmod.Open(&kmod.Config{Root: root, Release: release})
				return kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: m.kernel}), err
			}
			m.cfg.Opened = func(*kmod.Loader) { m.say("opened") }
		}, func(m *machine) {
			m.plug("pci:a1")
			m.engine.Refresh()
			m.ready(notListening, notOpened, notServed)
			m.start()
			m.expect(moment, "error: no modules", "all: no modules")
			m.ready("no modules", notServed)
			for range 100 {
				m.plug("pci:b1")
				m.expect(time.Millisecond*7, "batch: no modules")
			}
			m.engine.Refresh()
			if got := opened.Load(); got != 2 { // once by Run, once by Refresh
				t.Errorf("it tried %d times", got)
			}
			writeTree(t, root, a)
			if refresh {
				m.engine.Refresh()
				m.expect(moment, "opened", "all 2: a")
			} else {
				m.expect(2*time.Second, "opened", "all 2: a")
			}
			m.ready()
			m.end()
			writeTree(t, root, a)
			m.engine.Refresh()
			m.expect(moment)
		})
	}
}

// TestRefresh: new indexes are noticed without an event, and so is that they are gone.
func TestRefresh(t *testing.T) {
	root := t.TempDir()
	a := kmodtest.Module{Name: "a", Aliases: []string{"pci:a*"}}
	b := kmodtest.Module{Name: "b", Aliases: []string{"pci:b*"}}
	writeTree(t, root, a)
	var dbs []*kmod.DB
	var fail error
	inBubble(t, func(m *machine) { onDisk(m, root, &dbs, &fail) }, func(m *machine) {
		m.plug("pci:a1", "pci:b1")
		m.start()
		m.expect(moment, "opened", "all 2: a")
		m.engine.Refresh()
		m.expect(moment)
		writeTree(t, root, a, b)
		m.engine.Refresh()
		m.expect(moment, "opened", "all 2: b")
		if !closed(dbs[0]) || len(dbs) != 2 {
			t.Errorf("the old DB is open, or one of %d should not be", len(dbs))
		}
		fail = errors.New("they are gone")
		writeTree(t, root)
		m.engine.Refresh()
		m.expect(moment)
		m.ready("they are gone")
		fail = nil
		m.engine.Refresh()
		m.expect(moment, "opened", "all 2:")
		m.ready()
		m.end()
	})
}

// TestReloadFails: a reload that fails is tried again at the next batch after a pause, and
// until then the engine is not ready.
func TestReloadFails(t *testing.T) {
	root := t.TempDir()
	writeTree(t, root, kmodtest.Module{Name: "a", Aliases: []string{"pci:a*"}})
	var dbs []*kmod.DB
	var fail error
	inBubble(t, func(m *machine) { onDisk(m, root, &dbs, &fail) }, func(m *machine) {
		m.start()
		m.expect(moment, "opened", "all 0:")
		fail = errors.New("no configuration")
		m.engine.Reload()
		m.expect(moment, "error: no configuration", "all 0:")
		m.ready("no configuration")
		fail = nil
		m.plug("pci:a1")
		m.expect(moment, "batch 1: a") // not yet
		m.ready("no configuration")
		m.expect(time.Second)
		m.plug("pci:a1")
		m.expect(moment, "opened", "batch 1:", "all 1:")
		m.ready()
		m.end()
	})
	for _, db := range dbs {
		if !closed(db) {
			t.Error("a DB is open in the end")
		}
	}
}
