package depmod_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"testing/fstest"

	"github.com/gokmod/gokmod/depmod"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// The modules of an image that is not unpacked: which needs which, and what is
// wrong.
func ExampleScan() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "bus", Exports: []string{"bus_register"}},
		{Name: "nic", Needs: []string{"bus_register"}},
	}}
	image, err := tree.FS() // any fs.FS with lib/modules/RELEASE in it
	if err != nil {
		log.Fatal(err)
	}
	image["lib/modules/6.1.0-test/kernel/bad.ko"] = &fstest.MapFile{Data: []byte("cut off")}
	index, err := depmod.Scan(context.Background(), &depmod.Config{FS: image, Release: "6.1.0-test"})
	if err != nil {
		log.Fatal(err)
	}
	for d := range index.Dependencies() {
		fmt.Println(d.Module.Name, "needs", d.By.Name, "for", d.Symbol)
	}
	for _, failed := range index.Report.Unreadable {
		fmt.Println("left out:", failed.Path)
	}
	// Output:
	// nic needs bus for bus_register
	// left out: lib/modules/6.1.0-test/kernel/bad.ko
}

// Given the kernel's exports, a scan tells which modules could not be loaded.
func ExampleReadSymvers() {
	symvers := "0x12345678\tprintk\tvmlinux\tEXPORT_SYMBOL\n"
	kernel, err := depmod.ReadSymvers(strings.NewReader(symvers), 0)
	if err != nil {
		log.Fatal(err)
	}
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "old", Needs: []string{"printk", "gone_since"}}}}
	image, err := tree.FS()
	if err != nil {
		log.Fatal(err)
	}
	index, err := depmod.Scan(context.Background(), &depmod.Config{FS: image, Release: "6.1.0-test", Kernel: kernel})
	if err != nil {
		log.Fatal(err)
	}
	for _, u := range index.Report.Unresolved {
		fmt.Println(u.Module, "needs", u.Symbol)
	}
	// Output:
	// old needs gone_since
}

// Indexes beside the modules of a tree below another root, made only when
// something has changed, as with "depmod -A -b ROOT".
func ExampleUpToDate() {
	root, err := os.MkdirTemp("", "root")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "nic", Aliases: []string{"pci:v00008086*"}}}}
	if err := tree.Write(root); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	cfg := &depmod.Config{Root: root, Release: "6.1.0-test"}
	for range 2 {
		done, err := depmod.UpToDate(ctx, cfg)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("up to date:", done)
		if done {
			continue
		}
		index, err := depmod.Scan(ctx, cfg)
		if err != nil {
			log.Fatal(err)
		}
		if err := index.Write(nil); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// up to date: false
	// up to date: true
}

// Modules without index files, which package kmod takes from memory.
func ExampleIndex_FS() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "nic", Aliases: []string{"pci:v00008086*"}}}}
	image, err := tree.FS()
	if err != nil {
		log.Fatal(err)
	}
	index, err := depmod.Scan(context.Background(), &depmod.Config{FS: image, Release: "6.1.0-test"})
	if err != nil {
		log.Fatal(err)
	}
	indexes, err := index.FS()
	if err != nil {
		log.Fatal(err)
	}
	db, err := kmod.Open(&kmod.Config{FS: image, Release: index.Release(), Indexes: indexes})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	modules, err := db.Lookup("pci:v00008086d00001533")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(modules[0].Name, modules[0].Path)
	// Output:
	// nic lib/modules/6.1.0-test/kernel/nic.ko
}

// A directory of modules without any index, as a build leaves it, or as small devices
// have it: one call makes the indexes in memory.
func ExampleIndexFS() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "bus", Path: "bus.ko", Exports: []string{"bus_register"}},
		{Name: "nic", Path: "nic.ko", Needs: []string{"bus_register"}, Aliases: []string{"pci:v00008086d*"}},
	}}
	files, err := tree.FS()
	if err != nil {
		log.Fatal(err)
	}
	device := fstest.MapFS{ // stands for Root "/" and a device's /drivers
		"drivers/bus.ko": files["lib/modules/6.1.0-test/bus.ko"],
		"drivers/nic.ko": files["lib/modules/6.1.0-test/nic.ko"],
	}
	indexes, err := depmod.IndexFS(context.Background(), &depmod.Config{FS: device, ModuleDir: "drivers"})
	if err != nil {
		log.Fatal(err)
	}
	db, err := kmod.Open(&kmod.Config{FS: device, ModuleDir: "drivers", Indexes: indexes})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	plan, err := db.Plan("pci:v00008086d00001533")
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range plan.Steps {
		fmt.Println(step.Action, step.Module.Path)
	}
	// Output:
	// insert drivers/bus.ko
	// insert drivers/nic.ko
}
