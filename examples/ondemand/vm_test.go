package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

func TestMain(m *testing.M) { vm.Main(m) }

// Paths in the guest.
const (
	daemonInGuest    = "/sbin/ondemand"
	referenceInGuest = "/reference/modprobe"
	snapshotInGuest  = "/reference.txt"
)

// guestDevices are a virtio disk and network card, a USB stick, and an NVMe
// disk.
var guestDevices = []string{
	"-blockdev", "null-co,node-name=d0,size=16777216,read-zeroes=on",
	"-blockdev", "null-co,node-name=d1,size=16777216,read-zeroes=on",
	"-blockdev", "null-co,node-name=d2,size=16777216,read-zeroes=on",
	"-device", "virtio-blk-pci,drive=d0,addr=0x10",
	"-device", "virtio-net-pci,romfile=,addr=0x11",
	"-device", "nvme,serial=1,drive=d1,addr=0x12",
	"-device", "qemu-xhci,id=xhci,addr=0x13",
	"-device", "usb-storage,bus=xhci.0,port=1,drive=d2",
}

// plug returns a function that adds devices when the guest asks for them, in this order.
func plug(devices ...map[string]string) func(*vm.Monitor) error {
	return func(m *vm.Monitor) error {
		for _, device := range devices {
			if err := m.Await("plug in " + device["id"]); err != nil {
				return err
			}
			if _, err := m.Execute("device_add", device); err != nil {
				return err
			}
		}
		return nil
	}
}

// guestDirs are the module directories that the guests have, more than the
// devices need.
var guestDirs = []string{
	"kernel/drivers/virtio", "kernel/drivers/block", "kernel/drivers/nvme", "kernel/drivers/usb/host",
	"kernel/drivers/usb/core", "kernel/drivers/usb/storage", "kernel/drivers/ata", "kernel/drivers/cdrom",
	"kernel/drivers/char", "kernel/drivers/acpi", "kernel/drivers/i2c/busses", "kernel/drivers/hid",
	"kernel/drivers/input", "kernel/drivers/powercap", "kernel/drivers/cpufreq", "kernel/drivers/platform/x86",
	"kernel/arch/x86", "kernel/crypto", "kernel/lib",
}

// TestVM boots a machine in which Debian's modprobe serves the devices, and one
// that has only the daemon: the same drivers must have the same devices,
// including devices that are plugged in later.
func TestVM(t *testing.T) {
	if testing.Short() {
		t.Skip("boots eight machines")
	}
	reference, err := filepath.EvalSymlinks(kmodref.Tool(t, "modprobe"))
	if err != nil {
		t.Fatal(err)
	}
	daemon := buildDaemon(t)
	for _, k := range vm.Kernels(t, kernels.OldToNew()...) {
		t.Run(k.Release, func(t *testing.T) {
			cfg := &vm.Config{
				QEMUArgs: guestDevices, Timeout: 5 * time.Minute,
				Monitor: plug(
					map[string]string{"id": "rng", "driver": "virtio-rng-pci", "addr": "0x14"},
					map[string]string{"id": "kbd", "driver": "usb-kbd", "bus": "xhci.0", "port": "2"},
				),
				ModuleDirs: guestDirs,
				Modules:    []string{"virtio_net", "sd_mod", "sr_mod", "sg"},
			}
			cfg.Args = []string{"-test.run=^TestGuestReference$"}
			cfg.Files = []vm.File{{Guest: referenceInGuest, Host: reference, Mode: 0o755}}
			res := vm.RunGuestTests(t, k, cfg)
			if t.Failed() {
				return
			}
			snapshot := snapshotIn(res.Output)
			if len(snapshot) == 0 {
				t.Fatalf("no snapshot in\n%s", res.Output)
			}
			cfg.Args = []string{"-test.run=^TestGuestDaemon$"}
			cfg.Files = []vm.File{
				{Guest: daemonInGuest, Host: daemon, Mode: 0o755},
				{Guest: snapshotInGuest, Data: snapshot},
			}
			vm.RunGuestTests(t, k, cfg)
		})
	}
}

// buildDaemon builds the program, static.
func buildDaemon(t *testing.T) string {
	t.Helper()
	daemon := filepath.Join(t.TempDir(), "ondemand")
	cmd := exec.Command("go", "build", "-o", daemon, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the daemon: %v\n%s", err, out)
	}
	return daemon
}

// TestVMContainer boots a machine that runs the daemon in containers.
func TestVMContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("boots a machine")
	}
	daemon := buildDaemon(t)
	for _, k := range vm.Kernels(t, kernels.Linux612) {
		vm.RunGuestTests(t, k, &vm.Config{
			Args:     []string{"-test.run=^TestGuestContainer$"},
			QEMUArgs: []string{"-device", "virtio-net-pci,romfile=,addr=0x11"},
			Monitor: plug(
				map[string]string{"id": "rng", "driver": "virtio-rng-pci", "addr": "0x14"},
				map[string]string{"id": "balloon", "driver": "virtio-balloon-pci", "addr": "0x15"},
				map[string]string{"id": "e1000", "driver": "e1000", "romfile": "", "addr": "0x16"},
				map[string]string{"id": "pcnet", "driver": "pcnet", "romfile": "", "addr": "0x17"},
			),
			Modules: []string{"virtio_pci", "virtio_net", "virtio_rng", "virtio_balloon", "e1000", "pcnet32"},
			Files: []vm.File{
				{Guest: daemonInGuest, Host: daemon, Mode: 0o755},
				{Guest: "/etc/modprobe.d/net.conf", Data: []byte("options virtio_net napi_tx=0\n")},
			},
			Timeout: 5 * time.Minute,
		})
	}
}

// snapshotMark begins each line of output that belongs to a snapshot.
const snapshotMark = "snapshot: "

// snapshotIn returns the lines of the snapshots in a guest's output.
func snapshotIn(output []byte) []byte {
	var snapshot []byte
	for line := range bytes.Lines(output) {
		if line, found := bytes.CutPrefix(line, []byte(snapshotMark)); found {
			snapshot = append(snapshot, line...)
		}
	}
	return snapshot
}
