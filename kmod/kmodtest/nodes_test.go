package kmodtest_test

import (
	"context"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// TestPlugAs: a device has a node, its subsystem and variables, whether it has a modalias
// or not.
func TestPlugAs(t *testing.T) {
	kernel := kmodtest.New("6.1.0-test")
	events := kernel.Events(t.Context())
	kernel.PlugAs("block", uevent.Device{Devpath: "/devices/pci0/block/vda"},
		uevent.Variable{Key: "DEVNAME", Value: "vda"}, uevent.Variable{Key: "DEVTYPE", Value: "disk"})
	kernel.PlugAs("drm", uevent.Device{Devpath: "/devices/pci0/card0", Modalias: "pci:v1"},
		uevent.Variable{Key: "DEVNAME", Value: "/dev/dri/card0"})
	if err := fstest.TestFS(kernel.Dev(), "vda", "dri/card0"); err != nil {
		t.Error(err)
	}
	text, err := fs.ReadFile(kernel.Sys(), "devices/pci0/block/vda/uevent")
	if string(text) != "DEVNAME=vda\nDEVTYPE=disk\n" || err != nil {
		t.Errorf("uevent is %q, %v", text, err)
	}
	if got := present(t, kernel); len(got) != 1 || got[0].Modalias != "pci:v1" {
		t.Errorf("devices with a modalias: %v", got)
	}
	kernel.Trigger(uevent.Change, "/devices/pci0/block/vda")
	kernel.Unplug("/devices/pci0/block/vda")
	if _, err := fs.Stat(kernel.Dev(), "vda"); err == nil {
		t.Error("the node of a device that is gone is there")
	}
	var got []string
	for event, err := range events {
		if err != nil {
			t.Fatal(err)
		}
		name, _ := event.Get("DEVNAME")
		got = append(got, event.Action+" "+event.Subsystem+" "+name)
		if event.Action == uevent.Remove {
			break
		}
	}
	if want := []string{"add block vda", "add drm /dev/dri/card0", "change block vda", "remove block vda"}; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

// TestModuleEvents: a module that is live has an event, one that is gone another, and one
// that failed none.
func TestModuleEvents(t *testing.T) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "good"}, {Name: "bad"}}}
	db, err := tree.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := kernel.Events(ctx)
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	kernel.Fail("bad", 19)
	loader.Load(t.Context(), "bad")
	loader.Load(t.Context(), "good")
	loader.Unload(t.Context(), nil, "good")
	var got []string
	for event := range events {
		if got = append(got, event.Action+" "+event.Devpath+" "+event.Subsystem); len(got) == 2 {
			cancel()
		}
	}
	if want := []string{"add /module/good module", "remove /module/good module"}; !slices.Equal(got[:2], want) || len(got) != 3 {
		t.Errorf("events %q, want %q", got, want)
	}
}
