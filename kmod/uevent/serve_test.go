package uevent_test

import (
	"bytes"
	"context"
	"errors"
	"log"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// TestServe: the example loads the drivers of devices that are present, that come and
// that came when events were lost. A device without a driver and a driver that fails
// do not end it.
func TestServe(t *testing.T) {
	var logged bytes.Buffer
	log.SetOutput(&logged)
	defer log.SetOutput(os.Stderr)
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "bus"},
		{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:nic*"}},
		{Name: "bad", Aliases: []string{"pci:bad*"}},
		{Name: "disk", Aliases: []string{"pci:disk*"}},
		{Name: "mouse", Aliases: []string{"usb:mouse*"}},
	}}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	kernel.Fail("bad", syscall.ENODEV)
	kernel.Plug(uevent.Device{Devpath: "/devices/pci/0", Modalias: "pci:nic1"})
	kernel.Plug(uevent.Device{Devpath: "/devices/pci/1", Modalias: "pci:unknown"})

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	events := kernel.Events(ctx)
	step := 0
	err = serve(ctx, loader, func(yield func(uevent.Event, error) bool) {
		plug := func() {
			switch step++; step {
			case 1:
				kernel.Plug(uevent.Device{Devpath: "/devices/pci/2", Modalias: "acpi:UNKNOWN:"})
			case 2:
				kernel.Plug(uevent.Device{Devpath: "/devices/pci/3", Modalias: "pci:bad1"})
			case 3:
				kernel.Plug(uevent.Device{Devpath: "/devices/pci/4", Modalias: "pci:disk1"})
			case 4:
				kernel.Plug(uevent.Device{Devpath: "/devices/usb/5", Modalias: "usb:mouse1"})
				kernel.LoseEvents()
			case 5:
				cancel()
			}
		}
		plug()
		for event, err := range events {
			if !yield(event, err) {
				return
			}
			if event.Subsystem != "module" { // those of the modules that it loads
				plug()
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if got, want := kernel.Modules(), []string{"bus", "nic", "disk", "mouse"}; !slices.Equal(got, want) {
		t.Errorf("in the kernel: %v, want %v", got, want)
	}
	if !strings.Contains(logged.String(), "insert module bad") {
		t.Errorf("logged %q", logged.String())
	}
}
