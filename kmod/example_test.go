package kmod_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/kmod/uevent"
	"github.com/gokmod/gokmod/modinfo"
)

// exampleDB is a small tree in memory; kmod.Open(nil) is the running kernel's.
func exampleDB() *kmod.DB {
	db, err := kmod.Open(&kmod.Config{FS: chainTree(), Release: modtest.Release})
	if err != nil {
		log.Fatal(err)
	}
	return db
}

func ExampleDB_Lookup() {
	db := exampleDB()
	defer db.Close()

	// An alias, as a device's modalias file has it.
	modules, err := db.Lookup("x:1234")
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range modules {
		fmt.Println(m.Name, m.Path)
	}
	_, err = db.Lookup("nosuch")
	fmt.Println(errors.Is(err, kmod.ErrNotFound))
	// Output:
	// top lib/modules/6.1.0-test/kernel/top.ko
	// true
}

// The driver that fits a device best is the one whose pattern leaves least open.
func ExampleDB_Matches() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "vfio-pci", Aliases: []string{"vfio_pci:v*d*sv*sd*bc*sc*i*"}},
		{Name: "nvgrace-gpu-vfio-pci", Aliases: []string{"vfio_pci:v000010DEd00002941sv*sd*bc*sc*i*"}},
	}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	for m, err := range db.Matches("vfio_pci:v000010DEd00002941sv000010DEsd000016EBbc03sc02i00") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(m.Module.Name, m.Pattern)
	}
	// Output:
	// nvgrace_gpu_vfio_pci vfio_pci:v000010DEd00002941sv*sd*bc*sc*i*
	// vfio_pci vfio_pci:v*d*sv*sd*bc*sc*i*
}

func ExampleDB_Builtins() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "ext4", Builtin: true}, {Name: "xfs"}, {Name: "crc16", Builtin: true},
	}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	for m, err := range db.Builtins() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(m.Name)
	}
	// Output:
	// crc16
	// ext4
}

// The nodes that have to be in /dev before their modules are loaded.
func ExampleDB_Devnames() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "tun", Aliases: []string{"devname:net/tun", "char-major-10-200"}},
		{Name: "loop", Aliases: []string{"devname:loop-control", "char-major-10-237"}},
	}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	for d, err := range db.Devnames() {
		if err != nil {
			log.Println(err) // a line that is not valid; the others follow
			continue
		}
		fmt.Println(d.Module, "/dev/"+d.Name, d.Major, d.Minor)
	}
	// Output:
	// tun /dev/net/tun 10 200
	// loop /dev/loop-control 10 237
}

func ExampleDB_Plan() {
	db := exampleDB()
	defer db.Close()

	plan, err := db.Plan("top")
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range plan.Steps {
		fmt.Printf("%v %s: %v\n", step.Action, step.Module.Name, step.Reasons[0])
	}
	// Output:
	// insert base: hard dependency of top
	// insert mid: hard dependency of top
	// insert top: asked for as top
}

// The simplest case: a module of the running kernel. That takes root.
func ExampleLoad() {
	result, err := kmod.Load(context.Background(), "xfs")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Inserted())
}

func ExampleOpenLoader() {
	// A tree and a kernel in memory; nil for both is the running kernel.
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "libcrc32c"}, {Name: "xfs", Depends: []string{"libcrc32c"}}}}
	files, err := tree.FS()
	if err != nil {
		log.Fatal(err)
	}
	loader, err := kmod.OpenLoader(&kmod.Config{FS: files, Release: modtest.Release}, &kmod.LoaderConfig{Kernel: tree.Kernel()})
	if err != nil {
		log.Fatal(err)
	}
	defer loader.Close()

	result, err := loader.Load(context.Background(), "xfs")
	fmt.Println(result.Inserted(), err)
	// Output:
	// [libcrc32c xfs] <nil>
}

// What is not there is left out, and what fails does not stop the rest.
func ExampleLoader_LoadRequests() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "loop"}, {Name: "brd"}, {Name: "zram"}}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	kernel.Fail("brd", syscall.ENOMEM)

	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	opts := &kmod.LoadOptions{
		Plan: kmod.PlanOptions{SkipUnknown: true},
		Run:  kmod.RunOptions{KeepGoing: true},
	}
	result, err := loader.LoadRequests(context.Background(), opts,
		kmod.Request{Name: "nosuch"}, kmod.Request{Name: "brd"}, kmod.Request{Name: "loop", Params: "max_loop=4"})
	for _, s := range result.Steps {
		fmt.Println(s.Step.Module.Name, s.Outcome)
	}
	fmt.Println(errors.Is(err, syscall.ENOMEM), errors.Is(err, kmod.ErrNotFound))
	// Output:
	// brd failed
	// loop inserted
	// nosuch skipped
	// true false
}

func ExampleLoader_Load() {
	db := exampleDB()
	defer db.Close()

	// A kernel in memory; without a config it is the running one.
	kernel := kmodtest.New(modtest.Release)
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	result, err := loader.Load(context.Background(), "top")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Join(result.Inserted(), " "))
	for m := range live.Loaded(loader.Kernel()) {
		fmt.Println(m.Name, m.State, m.Refcount, m.Holders)
	}
	// Output:
	// base mid top
	// top live 0 []
	// mid live 1 [top]
	// base live 1 [mid]
}

// What a program can tell from a failure.
func ExampleError() {
	db := exampleDB()
	defer db.Close()
	kernel := kmodtest.New(modtest.Release)
	kernel.Fail("mid", syscall.ENODEV)

	_, err := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}).Load(context.Background(), "top")
	var insert *kmod.Error
	if errors.As(err, &insert) {
		fmt.Println(insert.Module, "for", insert.Chain[1:])
	}
	fmt.Println(errors.Is(err, kmod.ErrInit), errors.Is(err, syscall.ENODEV))
	fmt.Println(err)
	// Output:
	// mid for [top]
	// true true
	// insert module mid (needed by top) from lib/modules/6.1.0-test/kernel/mid.ko: the module's init function failed; it found no device to drive (ENODEV)
}

// With %+v an error shows all that is known.
func ExampleError_whole() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "bus"}, {Name: "nic", Depends: []string{"bus"}}}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	kernel.OnInit = func(module, _ string) error {
		kernel.Print("bus: firmware is too old")
		kernel.Print("bus: probe failed")
		return syscall.EIO
	}

	_, err = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel, KernelLog: true}).Load(context.Background(), "nic")
	fmt.Printf("%+v\n", err)
	// Output:
	// insert module bus (needed by nic) from lib/modules/6.1.0-test/kernel/bus.ko: the module's init function failed; the kernel says "bus: probe failed" (EIO)
	//     module: bus
	//     path: lib/modules/6.1.0-test/kernel/bus.ko
	//     needed by: nic
	//     errno: EIO
	//     cause: the module's init function failed
	//     kernel log:
	//         bus: firmware is too old
	//         bus: probe failed
}

// Configuration is obeyed, and says where each parameter comes from.
func ExampleDB_PlanRequests() {
	db, err := kmod.Open(&kmod.Config{FS: chainTree(), Release: modtest.Release, ConfigFiles: []kmod.ConfigFile{
		{Name: "site.conf", Text: "options mid debug=1\nsoftdep top pre: inside\n"},
	}})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	plan, err := db.PlanRequests(nil, kmod.Request{Name: "top", Params: "size=4"})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range plan.Steps {
		fmt.Printf("%v %s %q\n", s.Action, s.Module.Name, s.Params)
	}
	fmt.Println(plan.Steps[1].ParamSources[0].Origin)
	// Output:
	// insert base ""
	// insert mid "debug=1"
	// builtin inside ""
	// insert top "size=4"
	// site.conf line 1
}

// What a system's first program does with modules-load.d(5) and modules_load= of the
// kernel command line.
func ExampleLoader_LoadListed() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "bus"}, {Name: "nic", Depends: []string{"bus"}}, {Name: "loop"},
	}}
	files, err := tree.FS()
	if err != nil {
		log.Fatal(err)
	}
	files["etc/modules-load.d/site.conf"] = &fstest.MapFile{Data: []byte("# cards\nnic\nnosuch\n")}
	db, err := kmod.Open(&kmod.Config{FS: files, Release: "6.1.0-test", Cmdline: "quiet modules_load=loop"})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: tree.Kernel(), Parallel: 1})

	result, warnings, err := loader.LoadListed(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, w := range warnings {
		fmt.Println(w)
	}
	fmt.Println(result.Inserted())
	// Output:
	// etc/modules-load.d/site.conf line 3: there is no module nosuch
	// [loop bus nic]
}

func ExampleReadModulesLoad() {
	files := fstest.MapFS{
		"etc/modules-load.d/site.conf":     {Data: []byte("# cards\nnic\n")},
		"usr/lib/modules-load.d/site.conf": {Data: []byte("hidden by the one in /etc\n")},
		"usr/lib/modules-load.d/fuse.conf": {Data: []byte("fuse\n")},
	}
	lines, warnings, err := kmod.ReadModulesLoad(&kmod.Config{FS: files, Cmdline: "quiet modules_load=loop"})
	if err != nil {
		log.Fatal(err)
	}
	for _, line := range lines {
		fmt.Println(line.Module, "from", line.Origin)
	}
	fmt.Println(len(warnings), "warnings")
	// Output:
	// loop from the kernel command line
	// fuse from usr/lib/modules-load.d/fuse.conf line 1
	// nic from etc/modules-load.d/site.conf line 2
	// 0 warnings
}

// A policy keeps modules out, even if others need them.
func ExampleLoaderConfig_policy() {
	db := exampleDB()
	defer db.Close()
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{
		Kernel: kmodtest.New(modtest.Release),
		Policy: func(s *kmod.Step) error {
			if s.Module.Name == "base" {
				return errors.New("not on this host")
			}
			return nil
		},
	})
	result, err := loader.Load(context.Background(), "top")
	fmt.Println(err)
	fmt.Println(errors.Is(err, kmod.ErrForbidden), len(result.Inserted()))
	// Output:
	// load module base: policy forbids it: not on this host (needed by top)
	// true 0
}

func ExampleLoader_Unload() {
	db := exampleDB()
	defer db.Close()
	kernel := kmodtest.New(modtest.Release)
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	if _, err := loader.Load(context.Background(), "top"); err != nil {
		log.Fatal(err)
	}
	_, err := loader.Unload(context.Background(), nil, "mid")
	var use *kmod.InUseError
	fmt.Println(errors.As(err, &use), use.Refcount, use.Holders)

	result, err := loader.Unload(context.Background(), nil, "top")
	fmt.Println(result.Removed(), err)
	// Output:
	// true 1 [top]
	// [top mid base] <nil>
}

// What a machine with two devices needs.
func ExampleLoader_Coldplug() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "bus"},
		{Name: "nic", Depends: []string{"bus"}, Aliases: []string{"pci:v00008086d*"}},
	}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	kernel := tree.Kernel()
	kernel.Plug(
		uevent.Device{Devpath: "/devices/pci0000:00/0000:00:03.0", Modalias: "pci:v00008086d00001533"},
		uevent.Device{Devpath: "/devices/platform/pcspkr", Modalias: "platform:pcspkr"},
	)

	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel})
	result, err := loader.Coldplug(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Inserted(), result.Unknown)
	// Output:
	// [bus nic] [platform:pcspkr]
}

// A device appears later: its event has the modalias.
func ExampleLoader_LoadAliases() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "uas", Aliases: []string{"usb:v*ic08isc06ip62*"}}}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: tree.Kernel()})
	result, err := loader.LoadAliases(context.Background(), nil, "usb:v0BC2p2322ic08isc06ip62in00", "usb:v046Dp0825ic0Eisc01ip00in00")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Inserted(), result.Unknown)
	// Output:
	// [uas] [usb:v046Dp0825ic0Eisc01ip00in00]
}

// Where a module stands, on the disk or in the kernel.
func ExampleLoader_Status() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "loop"}, {Name: "brd"}, {Name: "ext4", Builtin: true}}}
	db, err := tree.Open()
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: tree.Kernel()})
	if _, err := loader.Load(context.Background(), "loop"); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"loop", "brd", "ext4", "nosuch"} {
		status, err := loader.Status(name)
		fmt.Println(name, status, err)
	}
	// Output:
	// loop live <nil>
	// brd loadable <nil>
	// ext4 built in <nil>
	// nosuch absent <nil>
}

// A newer build of a driver takes the place of the one in the kernel; what uses it goes
// out before and comes back after, and parameters stay.
func ExampleLoader_Reload() {
	loader, newer := exampleReload()
	defer loader.Close()

	result, err := loader.Reload(context.Background(), nil, kmod.Request{Path: newer})
	if err != nil {
		log.Fatal(err) // says whether everything is as it was before
	}
	for _, r := range result.Removals {
		fmt.Println("out", r.Module)
	}
	for _, s := range result.Loaded.Steps {
		fmt.Println("in", s.Step.Module.Name, s.Step.Params)
	}
	// Output:
	// out user
	// out driver
	// in driver level=3
	// in user
}

// exampleReload is a Loader whose kernel has a driver with a parameter and a module that
// uses it, and the path of a newer build of the driver.
func exampleReload() (loader *kmod.Loader, newer string) {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "driver", Params: []modinfo.Param{{Name: "level", Type: "int"}}}, {Name: "user", Depends: []string{"driver"}},
	}}
	root, err := os.MkdirTemp("", "example-")
	if err == nil {
		err = tree.Write(root)
	}
	if err == nil {
		loader, err = kmod.OpenLoader(&kmod.Config{Root: root, Release: modtest.Release}, &kmod.LoaderConfig{Kernel: tree.Kernel()})
	}
	if err == nil {
		_, err = loader.LoadRequests(context.Background(), nil, kmod.Request{Name: "driver", Params: "level=3"}, kmod.Request{Name: "user"})
	}
	if err != nil {
		log.Fatal(err)
	}
	return loader, filepath.Join(root, "lib/modules", modtest.Release, "kernel/driver.ko")
}

// A program may have its driver within itself (package embed), or get it over a network.
func ExampleLoader_InsertImage() {
	tree := &kmodtest.Tree{Modules: []kmodtest.Module{{Name: "driver", Params: []modinfo.Param{{Name: "level", Type: "int"}}}}}
	files, err := tree.FS()
	if err != nil {
		log.Fatal(err)
	}
	image := files["lib/modules/6.1.0-test/kernel/driver.ko"].Data // or driver.ko.xz
	loader := kmod.NewLoader(nil, &kmod.LoaderConfig{Kernel: tree.Kernel()})

	params, err := live.JoinParams([]string{"level=3"})
	if err == nil {
		err = loader.InsertImage(context.Background(), image, params, 0)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(loader.Status("driver"))
	// Output: live <nil>
}
