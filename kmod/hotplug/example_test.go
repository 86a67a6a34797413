package hotplug_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// A daemon that loads drivers as devices appear. A real one leaves Open and Events out,
// or opens its loader with options of its own, and gets its context from
// signal.NotifyContext: everything else is the same.
func Example() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "usbcore"},
		{Name: "nic", Aliases: []string{"pci:v00008086*"}},
		{Name: "usb_storage", Depends: []string{"usbcore"}, Aliases: []string{"usb:v0781*"}},
		{Name: "webcam", Depends: []string{"usbcore"}, Aliases: []string{"usb:v046D*"}},
	}}
	kernel := tree.Kernel()
	kernel.Plug(uevent.Device{Devpath: "/devices/pci0000:00/0000:00:03.0", Modalias: "pci:v00008086d0000100E"})

	served := make(chan bool)
	engine := hotplug.New(&hotplug.Config{
		Open: func() (*kmod.Loader, error) {
			db, err := tree.Open()
			if err != nil {
				return nil, err
			}
			return kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, Policy: policy}), nil
		},
		Events: kernel.Events,
		Allow: func(modalias string) error {
			if strings.HasPrefix(modalias, "usb:v1337") {
				return errors.New("not in this house")
			}
			return nil
		},
		Served: func(b *hotplug.Batch) {
			if b.Result != nil {
				fmt.Println("loaded", b.Result.Inserted())
			}
			served <- true
		},
		Failed: func(f *hotplug.Failure) { fmt.Printf("%v; trying again: %t\n", f.Err, f.Pause > 0) },
		Error:  func(err error) { fmt.Println("going on after:", err) },
		Retry:  hotplug.Retry{Min: 10 * time.Millisecond},
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- engine.Run(ctx) }()
	<-served // what was present

	// A stick that fails at first, and a camera, which the policy does not want.
	kernel.FailTimes("usb_storage", syscall.EIO, 1)
	kernel.Plug(uevent.Device{Devpath: "/devices/usb1/1-1", Modalias: "usb:v0781p5567"})
	<-served
	<-served // again, after a pause
	kernel.Plug(uevent.Device{Devpath: "/devices/usb1/1-2", Modalias: "usb:v046Dp0825"})
	<-served
	stop()
	fmt.Println("ended:", <-ended)
	// Output:
	// loaded [nic]
	// insert module usb_storage from lib/modules/6.1.0-test/kernel/usb_storage.ko: the module's init function failed (EIO); trying again: true
	// loaded [usbcore]
	// loaded [usb_storage]
	// load module webcam: policy forbids it: no cameras; trying again: false
	// loaded []
	// ended: <nil>
}

// policy keeps modules out.
func policy(step *kmod.Step) error {
	if step.Module.Name == "webcam" {
		return errors.New("no cameras")
	}
	return nil
}
