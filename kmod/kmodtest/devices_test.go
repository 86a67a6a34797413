package kmodtest_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// present are the devices that a kernel shows.
func present(t *testing.T, kernel *kmodtest.Kernel) []uevent.Device {
	t.Helper()
	var found []uevent.Device
	for d, err := range uevent.Present(kernel.Sys()) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, d)
	}
	return found
}

func TestPlug(t *testing.T) {
	kernel := kmodtest.New("6.1.0-test")
	if got := present(t, kernel); got != nil {
		t.Errorf("devices of a new kernel: %v", got)
	}
	devices := []uevent.Device{
		{Devpath: "/devices/pci0/1", Modalias: "pci:v1"},
		{Devpath: "/devices/pci0/1/usb1", Modalias: "usb:v2"},
		{Devpath: "/devices/platform/x", Modalias: "platform:x"},
	}
	kernel.Plug(devices...)
	kernel.Plug(uevent.Device{Devpath: "/elsewhere", Modalias: "no"})
	if got := present(t, kernel); !reflect.DeepEqual(got, devices) {
		t.Errorf("devices %v, want %v", got, devices)
	}
	if err := fstest.TestFS(kernel.Sys(), "devices/pci0/1/modalias", "devices/platform/x/uevent"); err != nil {
		t.Error(err)
	}
	kernel.Unplug("/devices/pci0/1")
	if got := present(t, kernel); !reflect.DeepEqual(got, devices[1:]) {
		t.Errorf("after one was removed: %v", got)
	}
}

func TestEvents(t *testing.T) {
	kernel := kmodtest.New("6.1.0-test")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	nic := uevent.Device{Devpath: "/devices/pci0/1", Modalias: "pci:v1"}
	kernel.Plug(nic) // before there is a listener
	events := kernel.Events(ctx)
	kernel.Unplug(nic.Devpath)
	var got []string
	var last error
	for event, err := range events {
		switch last = err; {
		case errors.Is(err, uevent.ErrGap):
			got = append(got, "gap")
			kernel.Plug(nic)
		case err != nil:
			continue
		case event.Action == uevent.Remove:
			got = append(got, "remove "+event.Modalias)
			kernel.PlugUnheard(nic)
		default:
			value, _ := event.Get("SEQNUM")
			got = append(got, event.Action+" "+value)
			cancel()
		}
	}
	if want := []string{"remove pci:v1", "gap", "add 4"}; !reflect.DeepEqual(got, want) || !errors.Is(last, context.Canceled) {
		t.Errorf("events %q, want %q; ended with %v", got, want, last)
	}
}

// TestEventsParse: an event has the variables that uevent.Parse requires.
func TestEventsParse(t *testing.T) {
	kernel := kmodtest.New("6.1.0-test")
	events := kernel.Events(t.Context())
	kernel.Plug(uevent.Device{Devpath: "/devices/a", Modalias: "usb:x"})
	for event, err := range events {
		if err != nil {
			t.Fatal(err)
		}
		message := event.Action + "@" + event.Devpath + "\x00"
		for _, v := range event.Env {
			message += v.Key + "=" + v.Value + "\x00"
		}
		if parsed, err := uevent.Parse([]byte(message)); err != nil || !reflect.DeepEqual(parsed, event) {
			t.Errorf("event %+v, parsed %+v, %v", event, parsed, err)
		}
		break
	}
}

// TestDeaf: where no events can come, a listener is told so and hears nothing.
func TestDeaf(t *testing.T) {
	kernel := kmodtest.New("6.1.0-test")
	kernel.Deaf = true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []error
	for _, err := range kernel.Events(ctx) {
		got = append(got, err)
		kernel.Plug(uevent.Device{Devpath: "/devices/pci0/1", Modalias: "pci:v1"})
		kernel.LoseEvents()
		cancel()
	}
	if len(got) != 2 || got[0] != uevent.ErrDeaf || got[1] != context.Canceled {
		t.Errorf("it hears %v", got)
	}
}
