package hotplug_test

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// waiting is a kernel, and the options to wait for it by its events alone.
func waiting() (*kmodtest.Kernel, *hotplug.WaitConfig) {
	kernel := drivers().Kernel()
	return kernel, &hotplug.WaitConfig{Events: kernel.Events, Dev: kernel.Dev(), Poll: time.Hour}
}

var disk = uevent.Variable{Key: "DEVNAME", Value: "dm/disk0"}

func TestWaitDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel, cfg := waiting()
		begun := time.Now()
		go func() {
			time.Sleep(time.Second)
			kernel.PlugAs("block", uevent.Device{Devpath: "/devices/other"}, uevent.Variable{Key: "DEVNAME", Value: "vda"})
			time.Sleep(time.Second)
			kernel.PlugAs("block", uevent.Device{Devpath: "/devices/virtual/block/disk0"}, disk)
		}()
		for range 2 { // it is there the second time
			path, err := hotplug.WaitDevice(t.Context(), cfg, "/dev/none", "/dev/dm/disk0")
			if path != "/dev/dm/disk0" || err != nil || time.Since(begun) != 2*time.Second {
				t.Errorf("%q, %v after %v", path, err, time.Since(begun))
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		path, err := hotplug.WaitDevice(ctx, cfg, "/dev/none")
		if path != "" || !errors.Is(err, context.DeadlineExceeded) || err.Error() != "wait for /dev/none: context deadline exceeded" {
			t.Errorf("%q, %v", path, err)
		}
		if path, err := hotplug.WaitDevice(t.Context(), cfg, "/dev/../x"); path != "" || !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q, %v", path, err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := hotplug.WaitDevice(ended, cfg, "/dev/dm/disk0"); !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that has ended: %v", err)
		}
	})
}

// TestWaitListensFirst: what comes while it looks is not missed.
func TestWaitListensFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel, cfg := waiting()
		begun, asked := time.Now(), 0
		err := hotplug.Wait(t.Context(), cfg, func() (bool, error) {
			if asked++; asked == 1 {
				kernel.Plug(uevent.Device{Devpath: "/devices/a"})
			}
			return asked == 2, nil
		})
		if err != nil || time.Since(begun) != 0 {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

func TestWaitModule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel, cfg := waiting()
		db, err := drivers().Open()
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		kernel.Delay = func(string) time.Duration { return time.Second }
		kernel.FailTimes("stick", 5, 1)
		loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
		cfg.Loader = loader
		go func() {
			for range 2 {
				loader.Load(t.Context(), "stick")
			}
		}()
		begun := time.Now()
		if err := hotplug.WaitModule(t.Context(), cfg, "stick"); err != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		if err := hotplug.WaitModule(t.Context(), cfg, "compiled"); err != nil {
			t.Errorf("built in: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := hotplug.WaitModule(ctx, cfg, "nic"); err == nil || err.Error() != "wait for the module nic: context deadline exceeded" {
			t.Error(err)
		}
	})
}

// TestWaitBadSource: without a source that works, one looks from time to time.
func TestWaitBadSource(t *testing.T) {
	for name, source := range map[string]hotplug.Source{
		"fails":  func(context.Context) iter.Seq2[uevent.Event, error] { return events(errors.New("broken")) },
		"ends":   func(context.Context) iter.Seq2[uevent.Event, error] { return events(nil) },
		"blocks": func(ctx context.Context) iter.Seq2[uevent.Event, error] { <-ctx.Done(); return events(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dev := fstest.MapFS{}
				var there atomic.Bool
				time.AfterFunc(time.Second, func() { there.Store(true) })
				begun := time.Now()
				err := hotplug.Wait(t.Context(), &hotplug.WaitConfig{Events: source, Dev: dev}, func() (bool, error) { return there.Load(), nil })
				if took := time.Since(begun); err != nil || took < time.Second || took > 1250*time.Millisecond {
					t.Errorf("%v after %v", err, took)
				}
			})
		})
	}
}

// TestWaitGap: a loss of events is an event, and does not end the source.
func TestWaitGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kernel, cfg := waiting()
		time.AfterFunc(time.Second, kernel.LoseEvents)
		time.AfterFunc(2*time.Second, func() { kernel.Plug(uevent.Device{Devpath: "/devices/a"}) })
		var at []time.Duration
		begun := time.Now()
		err := hotplug.Wait(t.Context(), cfg, func() (bool, error) {
			at = append(at, time.Since(begun))
			return len(at) == 3, nil
		})
		if err != nil || at[1] != time.Second || at[2] != 2*time.Second {
			t.Errorf("%v, %v", at, err)
		}
	})
}

// TestWaitHere: on this machine.
func TestWaitHere(t *testing.T) {
	dir := t.TempDir()
	if path, err := hotplug.WaitDevice(t.Context(), nil, dir+"/none", dir); path != dir || err != nil {
		t.Errorf("%q, %v", path, err)
	}
}
