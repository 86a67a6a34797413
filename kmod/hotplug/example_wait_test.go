package hotplug_test

import (
	"context"
	"fmt"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// WaitDevice returns when there is a node for a device, however long its driver takes.
func ExampleWaitDevice() {
	kernel := kmodtest.New("6.1.0-test")
	go kernel.PlugAs("block", uevent.Device{Devpath: "/devices/virtual/block/vda"},
		uevent.Variable{Key: "DEVNAME", Value: "vda"})
	cfg := &hotplug.WaitConfig{Events: kernel.Events, Dev: kernel.Dev()} // nil: this machine
	path, err := hotplug.WaitDevice(context.Background(), cfg, "/dev/vda", "/dev/nvme0n1")
	fmt.Println(path, err)
	// Output: /dev/vda <nil>
}

// WaitModule returns when a module is live, whoever loads it.
func ExampleWaitModule() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "xfs"}}}
	db, err := tree.Open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	kernel := tree.Kernel()
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	go loader.Load(context.Background(), "xfs")
	cfg := &hotplug.WaitConfig{Events: kernel.Events, Loader: loader} // nil: this machine
	fmt.Println(hotplug.WaitModule(context.Background(), cfg, "xfs"))
	// Output: <nil>
}
