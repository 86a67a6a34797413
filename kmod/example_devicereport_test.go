package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// reportDevices lists the devices that are present, with the modules for each of them
// and where these stand.
func reportDevices(w io.Writer, db *kmod.DB, loader *kmod.Loader) error {
	for device, err := range loader.Devices() {
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s is %s\n", device.Devpath, device.Modalias)
		for match, err := range db.Matches(device.Modalias) { // the most specific pattern first
			if errors.Is(err, kmod.ErrNotFound) {
				break // for most devices there is no module
			}
			if err != nil {
				return err
			}
			status, err := loader.Status(match.Module.Name)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "\t%s, %s, by %s\n", match.Module.Name, status, match.Pattern)
		}
	}
	return nil
}

// A report about devices: reportDevices is all of it. For this machine it is called with
// kmod.Open(nil) and kmod.NewLoader(db, nil).
func Example_deviceReport() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "bus"},
		{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:v00008086d00001533*"}},
		{Name: "any-nic", Aliases: []string{"pci:v00008086*bc02*"}},
		{Name: "rtc", Aliases: []string{"platform:rtc"}, Builtin: true},
	}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	kernel.Plug(
		uevent.Device{Devpath: "/devices/pci0/00:03.0", Modalias: "pci:v00008086d00001533bc02sc00"},
		uevent.Device{Devpath: "/devices/platform/pcspkr", Modalias: "platform:pcspkr"},
		uevent.Device{Devpath: "/devices/platform/rtc", Modalias: "platform:rtc"},
	)
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	if _, err := loader.Load(context.Background(), "nic"); err != nil {
		log.Fatal(err)
	}

	if err := reportDevices(os.Stdout, db, loader); err != nil {
		log.Fatal(err)
	}
	// Output:
	// /devices/pci0/00:03.0 is pci:v00008086d00001533bc02sc00
	// 	nic, live, by pci:v00008086d00001533*
	// 	any_nic, loadable, by pci:v00008086*bc02*
	// /devices/platform/pcspkr is platform:pcspkr
	// /devices/platform/rtc is platform:rtc
	// 	rtc, built in, by platform:rtc
}
