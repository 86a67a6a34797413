package closure_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"path"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// exampleClosureDB is a tree in memory; for a real one it is
// kmod.Open(&kmod.Config{Root: "/mnt", Release: "6.12.1"}).
func exampleClosureDB() *kmod.DB {
	db, err := (&kmodtest.Tree{
		Modprobe: "options nic queues=2\n",
		Modules: []kmodtest.Module{
			{Name: "nic", Path: "kernel/drivers/net/nic.ko", Depends: []string{"bus"}, Softdeps: []string{"pre: phy"}, Fields: []string{"firmware=nic.bin"}},
			{Name: "bus"},
			{Name: "phy", Path: "kernel/drivers/net/phy.ko", Weakdeps: []string{"phy-led"}},
			{Name: "phy-led"},
			{Name: "unrelated"},
		},
	}).Open()
	if err != nil {
		log.Fatal(err)
	}
	return db
}

func ExampleCollect() {
	db := exampleClosureDB()
	defer db.Close()

	c, err := closure.Collect(context.Background(), db, nil, "nic")
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range c.Modules {
		fmt.Printf("%s: %v\n", m.Name, m.Reasons[0])
	}
	for _, f := range c.MissingFirmware {
		fmt.Printf("there is no %s for %v\n", f.Name, f.Modules)
	}
	for _, line := range c.Config {
		fmt.Println(line)
	}
	// Output:
	// bus: hard dependency of nic
	// phy: soft pre dependency of nic
	// nic: asked for as nic
	// phy_led: weak dependency of phy
	// there is no nic.bin for [nic]
	// etc/modprobe.d/kmodtest.conf line 1: options nic queues=2
	// lib/modules/6.1.0-test/modules.softdep line 1: softdep nic pre: phy
	// lib/modules/6.1.0-test/modules.weakdep line 1: weakdep phy phy-led
}

// Modules can be selected by patterns, and by the devices of a machine.
func ExampleCollect_select() {
	db := exampleClosureDB()
	defer db.Close()

	c, err := closure.Collect(context.Background(), db, &closure.Options{
		Select:  []closure.Selection{{Path: "kernel/drivers/net/**"}},
		Exclude: []string{"phy-led"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(c)
	for _, reason := range c.Why("bus") {
		fmt.Println("why bus:", reason)
	}
	// Output:
	// module lib/modules/6.1.0-test/kernel/bus.ko: hard dependency of nic
	// module lib/modules/6.1.0-test/kernel/drivers/net/phy.ko: soft pre dependency of nic
	// module lib/modules/6.1.0-test/kernel/drivers/net/nic.ko: asked for as kernel/drivers/net/**
	// missing firmware nic.bin: named by nic
	// config options nic queues=2: etc/modprobe.d/kmodtest.conf line 1
	// config softdep nic pre: phy: lib/modules/6.1.0-test/modules.softdep line 1
	// config weakdep phy phy-led: lib/modules/6.1.0-test/modules.weakdep line 1
	// warning: module phy_led: it is excluded, or needs what is, and left out: weak dependency of phy
	// why bus: hard dependency of nic
	// why bus: asked for as kernel/drivers/net/**
}

// The closure as a tree of files, here in memory.
func ExampleClosure_FS() {
	db := exampleClosureDB()
	defer db.Close()

	c, err := closure.Collect(context.Background(), db, nil, "phy-led")
	if err != nil {
		log.Fatal(err)
	}
	tree, err := c.FS(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if path.Ext(name) == ".ko" {
			fmt.Println(name)
		}
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	dep, err := fs.ReadFile(tree, "lib/modules/6.1.0-test/modules.dep")
	fmt.Print(string(dep), err)
	// Output:
	// lib/modules/6.1.0-test/kernel/phy-led.ko
	// kernel/phy-led.ko:
	// <nil>
}

// The tree as a tar archive, such as a layer of an OCI image.
func ExampleClosure_FS_tar() {
	db := exampleClosureDB()
	defer db.Close()
	c, err := closure.Collect(context.Background(), db, nil, "phy-led")
	if err != nil {
		log.Fatal(err)
	}
	image, err := c.FS(context.Background(), &closure.TreeOptions{BinaryIndexes: true})
	if err != nil {
		log.Fatal(err)
	}
	var archive bytes.Buffer
	out := tar.NewWriter(&archive)
	if err := errors.Join(out.AddFS(image), out.Close()); err != nil {
		log.Fatal(err)
	}

	for in := tar.NewReader(&archive); ; {
		h, err := in.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(h.FileInfo().Mode(), h.ModTime.Unix(), h.Name)
	}
	// Output:
	// drwxr-xr-x 0 lib/
	// drwxr-xr-x 0 lib/modules/
	// drwxr-xr-x 0 lib/modules/6.1.0-test/
	// drwxr-xr-x 0 lib/modules/6.1.0-test/kernel/
	// -rw-r--r-- 0 lib/modules/6.1.0-test/kernel/phy-led.ko
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.alias.bin
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.builtin.alias.bin
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.builtin.bin
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.builtin.modinfo
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.dep.bin
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.devname
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.softdep
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.symbols.bin
	// -rw-r--r-- 0 lib/modules/6.1.0-test/modules.weakdep
}

func ExampleClosure_CopyTo() {
	db := exampleClosureDB()
	defer db.Close()
	dir, err := os.MkdirTemp("", "image-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	c, err := closure.Collect(context.Background(), db, nil, "nic")
	if err != nil {
		log.Fatal(err)
	}
	if err := c.CopyTo(context.Background(), dir, &closure.TreeOptions{Uncompressed: true}); err != nil {
		log.Fatal(err)
	}
	image, err := kmod.Open(&kmod.Config{Root: dir, Release: "6.1.0-test"})
	if err != nil {
		log.Fatal(err)
	}
	defer image.Close()
	for m, err := range image.Modules() {
		fmt.Println(m.Name, err)
	}
	// Output:
	// bus <nil>
	// nic <nil>
	// phy <nil>
	// phy_led <nil>
}

// What came and what went, and why: the change log of an image.
func ExampleDiff() {
	db := exampleClosureDB()
	defer db.Close()

	old, err := closure.Collect(context.Background(), db, nil, "phy")
	if err != nil {
		log.Fatal(err)
	}
	manifest, err := json.Marshal(old) // kept beside the image
	if err != nil {
		log.Fatal(err)
	}
	new, err := closure.Collect(context.Background(), db, &closure.Options{NoWeakdeps: true}, "nic")
	if err != nil {
		log.Fatal(err)
	}
	var before closure.Closure
	if err := json.Unmarshal(manifest, &before); err != nil {
		log.Fatal(err)
	}
	for _, c := range closure.Diff(&before, new).Changes {
		switch {
		case c.Old == nil:
			fmt.Println("came:", c.Kind, c.Name, c.New.Why)
		case c.New == nil:
			fmt.Println("went:", c.Kind, c.Name, c.Old.Why)
		}
	}
	// Output:
	// came: module bus [hard dependency of nic asked for as nic]
	// came: module nic [asked for as nic]
	// went: module phy_led [weak dependency of phy asked for as phy]
	// came: missing nic.bin []
	// came: config options nic queues=2 []
	// came: config softdep nic pre: phy []
}
