package closure_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"testing/fstest"

	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// exampleMachine is a kernel in memory with a mounted root file system.
type exampleMachine struct{ *kmodtest.Kernel }

func (exampleMachine) Proc() fs.FS {
	return fstest.MapFS{
		"modules":        {Data: []byte("crc_fast 4096 1 ext4, Live 0x0\next4 4096 1 - Live 0x0\n")},
		"self/mountinfo": {Data: []byte("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")},
	}
}

// An image for the machine that it is made on: Kernel is nil then.
func ExampleCollect_machine() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "ext4", Aliases: []string{"fs-ext4"}, Softdeps: []string{"pre: crc32c"}},
		{Name: "crc-fast", Aliases: []string{"crc32c"}},
		{Name: "crc-slow", Aliases: []string{"crc32c"}},
		{Name: "disk", Aliases: []string{"pci:v00008086*"}},
		{Name: "unrelated"},
	}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	kernel := exampleMachine{tree.Kernel()}
	kernel.Plug(uevent.Device{Devpath: "/devices/pci0/disk", Modalias: "pci:v00008086d00002922"})

	c, err := closure.Collect(context.Background(), db, &closure.Options{Machine: &closure.Machine{Kernel: kernel}})
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range c.Modules {
		fmt.Printf("%s: %v\n", m.Name, m.Reasons[0])
	}
	for _, w := range c.Warnings { // the kernel of the example has no block devices
		fmt.Println(w)
	}
	// Output:
	// disk: asked for as pci:v00008086d00002922
	// crc_fast: soft pre dependency of ext4
	// ext4: asked for as machine:mount:/
	// machine:mount:/: no block device is known for it
}
