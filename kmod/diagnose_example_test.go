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
	"github.com/gokmod/gokmod/modinfo"
)

func ExampleDB_Diagnose() {
	tree := &kmodtest.Tree{
		Modules: []kmodtest.Module{
			{Name: "bus"},
			{Name: "nic", Depends: []string{"bus"}, Needs: []string{"register_netdev", "old_interface"},
				Params: []modinfo.Param{{Name: "debug", Type: "bool"}}},
		},
		Modprobe: "options nic debug=7\n",
	}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	const symvers = "0x12345678\tregister_netdev\tvmlinux\tEXPORT_SYMBOL\t\n"

	d, err := db.Diagnose(&kmod.DiagnoseOptions{Symvers: strings.NewReader(symvers)}, kmod.Request{Name: "nic"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(d.Loads(), d.Needs)
	for _, f := range d.Findings {
		fmt.Printf("%s (%s): %s\n", f.Kind, f.Severity, f.Text)
	}
	// Output:
	// false [bus]
	// symbol (would_fail): nic needs the symbol old_interface, which neither the kernel nor a module exports.
	// parameter (would_fail): The value "7" is no value for the parameter debug of nic, whose type is bool (etc/modprobe.d/kmodtest.conf line 1).
}

// An error of an insert can have what the kernel logged about it.
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

	var insert *kmod.InsertError
	if errors.As(err, &insert) {
		fmt.Println(strings.Join(insert.Log, "\n"))
	}
	// Output: nic 0000:00:03.0: firmware is too old
}
