package kmodtest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"syscall"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// A daemon that wants a network driver, and says what it does without. The
// driver needs a bus driver, whose init function finds no device.
func Example() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "checksum"},
		{Name: "bus", Depends: []string{"checksum"}},
		{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:v00008086*"}},
	}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	kernel.FailTimes("bus", syscall.ENODEV, 1)
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})

	for range 2 {
		result, err := loader.Load(context.Background(), "pci:v00008086d00001533")
		var insert *kmod.Error
		switch {
		case errors.As(err, &insert) && errors.Is(err, syscall.ENODEV):
			fmt.Printf("%s has no device, so %s must wait\n", insert.Module, insert.Chain[len(insert.Chain)-1])
		case err != nil:
			log.Fatal(err)
		}
		fmt.Println("inserted:", result.Inserted())
	}
	fmt.Println("in the kernel:", kernel.Modules())
	// Output:
	// bus has no device, so nic must wait
	// inserted: [checksum]
	// inserted: [bus nic]
	// in the kernel: [checksum bus nic]
}

// A program waits for a module that is still coming, without any sleep.
func ExampleKernel_Block() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "disk"}}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})

	coming, release := kernel.Block("disk")
	done := make(chan error)
	go func() {
		_, err := loader.Load(context.Background(), "disk")
		done <- err
	}()
	<-coming
	status, _ := loader.Status("disk")
	fmt.Println(status, errors.Is(loader.Remove(context.Background(), "disk", 0), kmod.ErrBusy))
	release()
	fmt.Println(<-done)
	status, _ = loader.Status("disk")
	fmt.Println(status)
	// Output:
	// coming true
	// <nil>
	// live
}
