package uevent_test

import (
	"fmt"
	"log"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/uevent"
)

func ExampleParse() {
	event, err := uevent.Parse([]byte("add@/devices/pci0000:00/0000:00:03.0\x00ACTION=add\x00" +
		"SUBSYSTEM=pci\x00PCI_ID=8086:1533\x00MODALIAS=pci:v00008086d00001533\x00SEQNUM=1234\x00"))
	if err != nil {
		log.Fatal(err)
	}
	id, _ := event.Get("PCI_ID")
	fmt.Println(event.Action, event.Devpath, event.Subsystem, id)
	fmt.Println(event.Modalias)
	// Output:
	// add /devices/pci0000:00/0000:00:03.0 pci 8086:1533
	// pci:v00008086d00001533
}

func ExamplePresent() {
	// nil stands for /sys of this machine; any fs.FS will do.
	sysfs := fstest.MapFS{
		"devices/pci0000:00/0000:00:03.0/modalias": {Data: []byte("pci:v00008086d00001533\n")},
		"devices/system/cpu/cpu0/uevent":           {Data: []byte("DRIVER=processor\nMODALIAS=cpu:type:x86\n")},
	}
	for device, err := range uevent.Present(sysfs) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(device.Devpath, device.Modalias)
	}
	// Output:
	// /devices/pci0000:00/0000:00:03.0 pci:v00008086d00001533
	// /devices/system/cpu/cpu0 cpu:type:x86
}
