package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// The error of an insert can include what the kernel logged about it.
func ExampleLoaderConfig_kernelLog() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "nic"}}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	kernel.OnInit = func(string, string) error {
		kernel.Print("usb 1-1: new device")
		kernel.Print("nic 0000:00:03.0: firmware is too old")
		return syscall.EIO
	}
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, KernelLog: true})
	_, err = loader.Load(context.Background(), "nic")

	var insert *kmod.Error
	if errors.As(err, &insert) {
		fmt.Println(strings.Join(insert.Log, "\n"))
	}
	// Output: nic 0000:00:03.0: firmware is too old
}
