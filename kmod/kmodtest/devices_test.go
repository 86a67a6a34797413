package kmodtest_test

import (
	"errors"
	"io/fs"
	"reflect"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

func TestDevices(t *testing.T) {
	kernel := kmodtest.New("6.1.0-test")
	if _, err := fs.Stat(kernel.Sys(), "devices"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without devices: %v", err)
	}
	kernel.Devices = []uevent.Device{
		{Devpath: "/devices/pci0/1", Modalias: "pci:v1"},
		{Devpath: "/devices/pci0/1/usb1", Modalias: "usb:v2"},
		{Devpath: "/devices/platform/x", Modalias: "platform:x"},
		{Devpath: "/elsewhere", Modalias: "no"},
	}
	var found []uevent.Device
	for d, err := range uevent.Present(kernel.Sys()) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, d)
	}
	if want := kernel.Devices[:3]; !reflect.DeepEqual(found, want) {
		t.Errorf("devices %v, want %v", found, want)
	}
	if err := fstest.TestFS(kernel.Sys(), "devices/pci0/1/modalias", "devices/platform/x/uevent"); err != nil {
		t.Error(err)
	}
}
