package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gokmod/gokmod/kmod/hotplug"
)

// TestTwo: two daemons on one machine load each module once, and neither minds the other.
func TestTwo(t *testing.T) {
	first, second := newMachine(t, ""), newMachine(t, "")
	second.kernel = first.kernel
	first.kernel.Plug(device("pci:nic1"), device("pci:disk1"))
	first.begin()
	second.begin()
	first.await("served all devices")
	second.await("served all devices")
	first.kernel.Plug(device("usb:stick1"), device("usb:cam1"), device("crypto-sha"))
	both := "bus cam disk nic picky sha_any sha_fast usb_storage"
	for first.modules() != both {
		select {
		case <-first.lines.more:
		case <-second.lines.more:
		}
	}
	first.end()
	second.end()
	for _, m := range []*machine{first, second} {
		if r := m.reported(); len(r.Failed) != 0 || len(r.Denied) != 0 {
			t.Errorf("the state is %+v", r)
		}
		if strings.Contains(m.lines.String(), "level=WARN") {
			t.Errorf("it warns:\n%s", m.lines)
		}
	}
	if n := first.loads + second.loads; n != 8 {
		t.Errorf("%d modules were loaded", n)
	}
}

// TestTwoMetrics: two daemons that write the same file replace it as a whole.
func TestTwoMetrics(t *testing.T) {
	name := filepath.Join(t.TempDir(), "metrics")
	texts := map[string]bool{}
	var writers sync.WaitGroup
	for i := range uint64(2) {
		m := newMetrics(name)
		m.loads = 1 + i*1000000
		texts[m.text(hotplug.Stats{})] = true
		writers.Go(func() {
			for range 50 {
				if err := m.write(hotplug.Stats{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		writers.Wait()
	}()
	for {
		text, err := os.ReadFile(name)
		if !errors.Is(err, os.ErrNotExist) && (err != nil || !texts[string(text)]) {
			t.Fatalf("a reader sees %q, %v", text, err)
		}
		select {
		case <-ended:
			return
		default:
		}
	}
}
