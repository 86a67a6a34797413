//go:build linux

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/decompress"
	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// machineModules are the modules that TestGuestMachine uses, as far as a kernel has them.
var machineModules = []string{
	"ext4", "dummy", "tun", "bonding", "virtio_pci", "virtio-rng", "virtio_balloon", "xhci-pci", "xhci-pci-renesas", "usbhid",
}

// devices are the devices of a machine: one that is there when it starts, and one that
// is plugged in later, where its kernels know how.
type devices struct {
	start []string
	later map[string]string
	names string // the modules that drive them, the last one that of the device plugged in
}

// machineDevices returns the devices for an architecture. The kernels of armhf and
// riscv64 have no PCI hot-plug, and those of ppc64el leave it to a daemon; USB works
// everywhere.
func machineDevices(arch string) devices {
	switch arch {
	case "s390x":
		return devices{[]string{"-device", "virtio-rng-ccw"}, map[string]string{"driver": "virtio-balloon-ccw"}, "virtio_rng virtio_balloon"}
	case "arm64":
		start := []string{"-device", "pcie-root-port,id=rp0,chassis=1,slot=1", "-device", "virtio-rng-pci"}
		return devices{start, map[string]string{"driver": "virtio-balloon-pci", "bus": "rp0"}, "virtio_rng virtio_balloon"}
	case "386", "amd64":
		start := []string{"-device", "virtio-rng-pci"}
		return devices{start, map[string]string{"driver": "virtio-balloon-pci"}, "virtio_rng virtio_balloon"}
	}
	start := []string{"-device", "virtio-rng-pci", "-device", "qemu-xhci,id=usb"}
	return devices{start, map[string]string{"driver": "usb-mouse", "bus": "usb.0"}, "virtio_rng usbhid"}
}

// plug plugs the later device in when the guest asks for it.
func (d *devices) plug(m *vm.Monitor) error {
	if err := m.Await("plug in"); err != nil {
		return err
	}
	_, err := m.Execute("device_add", d.later)
	return err
}

// TestMachines runs TestGuestMachine on kernels of other architectures, and on one of
// this machine's.
func TestMachines(t *testing.T) {
	all := vm.Kernels(t, append([]string{kernels.Linux61}, kernels.Machines()...)...)
	for i, k := range all {
		t.Run(k.Arch+" "+k.Release, func(t *testing.T) {
			foreign := all[0]
			if i == 0 {
				foreign = all[1]
			}
			runOnMachine(t, k, foreign)
			if kernels.CleanMachines() && !slices.Contains(kernels.All(), k.Package) {
				if err := os.RemoveAll(k.Dir); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// runOnMachine boots a kernel with its own modules and one of another architecture.
func runOnMachine(t *testing.T, k, foreign *vm.Kernel) {
	modules, err := k.Having(machineModules...)
	if err != nil {
		t.Fatal(err)
	}
	d := machineDevices(k.Arch)
	res := vm.RunGuestTests(t, k, &vm.Config{
		Args:     []string{"-test.run=^TestGuestMachine$"},
		Env:      []string{"DEVICE_MODULES=" + d.names},
		Timeout:  10 * time.Minute,
		Modules:  modules,
		QEMUArgs: d.start,
		Monitor:  d.plug,
		Files: []vm.File{
			{Guest: oursInGuest, Host: buildProgram(t, k.Arch, ".", "kmod"), Mode: 0o755},
			{Guest: "/foreign/dummy.ko", Data: foreignModule(t, foreign, "kernel/drivers/net/dummy.ko")},
		},
	})
	if !t.Failed() {
		checkIndexes(t, k, res.Output)
	}
}

// Lines of the guest's output: the modules that it has, and the index files that our
// depmod made of them there.
const (
	moduleMark = "module: "
	indexMark  = "index: "
)

// checkIndexes compares the index files of the guest with those made of the same modules
// on this machine, where other tests compare them with kmod's.
func checkIndexes(t *testing.T, k *vm.Kernel, output []byte) {
	root := t.TempDir()
	dir := filepath.Join(root, "lib/modules", k.Release)
	files := []string{"modules.order", "modules.builtin", "modules.builtin.modinfo"}
	made := map[string]string{}
	for line := range bytes.Lines(output) {
		line := strings.TrimSpace(string(line))
		if name, found := strings.CutPrefix(line, moduleMark); found {
			files = append(files, name)
		}
		if index, found := strings.CutPrefix(line, indexMark); found {
			name, sum, _ := strings.Cut(index, " ")
			made[name] = sum
		}
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(k.ModuleDir(), name))
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	newWorld().run("depmod", "-b", root, k.Release).check(t, answer{})
	for name, sum := range made {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || fmt.Sprintf("%x", sha256.Sum256(data)) != sum {
			t.Errorf("%s is not what is made on this machine, %v", name, err)
		}
	}
	if len(made) < 9 {
		t.Errorf("the guest made %d index files: %v", len(made), made)
	}
}

// foreignModule returns an uncompressed module of a kernel, by its path without the ending
// of a compressed file.
func foreignModule(t *testing.T, k *vm.Kernel, path string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(k.ModuleDir(), path+"*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%s of %s: %q, %v", path, k.Release, files, err)
	}
	data, err := os.ReadFile(files[0])
	if err == nil {
		data, err = decompress.Bytes(nil, data, 1<<30)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}
