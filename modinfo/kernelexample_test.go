package modinfo_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/modinfo"
)

// kernelFile writes the small kernel that the example reads.
func kernelFile() string {
	dir, err := os.MkdirTemp("", "modinfo")
	if err != nil {
		log.Fatal(err)
	}
	k := &modtest.KernelImage{Release: "6.1.0-56-amd64", Vermagic: "SMP preempt mod_unload modversions ",
		Versions: modtest.ShortVersions, Symbols: []modtest.KernelExport{
			{Name: "usb_stor_suspend", CRC: 0x1a2b3c4d, GPLOnly: true, Namespace: "USB_STORAGE"},
			{Name: "_printk", CRC: 0x92997ed8},
		}}
	name := filepath.Join(dir, "vmlinux")
	if err := os.WriteFile(name, k.Build(), 0o600); err != nil {
		log.Fatal(err)
	}
	return name
}

func ExampleKernel() {
	name := kernelFile() // such as /boot/vmlinuz-6.1.0-56-amd64
	defer os.RemoveAll(filepath.Dir(name))

	k, err := modinfo.OpenKernel(name, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer k.Close()
	fmt.Println(k.Release(), k.Machine())
	fmt.Println("modules need versions:", k.Modversions())
	for e, err := range k.Exports() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s, version %#08x, GPL only: %v, namespace %q\n", e.Name, e.CRC, e.GPLOnly, e.Namespace)
	}
	// Output:
	// 6.1.0-56-amd64 x86_64
	// modules need versions: true
	// _printk, version 0x92997ed8, GPL only: false, namespace ""
	// usb_stor_suspend, version 0x1a2b3c4d, GPL only: true, namespace "USB_STORAGE"
}
