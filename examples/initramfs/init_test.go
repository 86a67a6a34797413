package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// testBoot is a machine in memory, in which the module bus finds a device for
// the module disk, which creates the root device.
func testBoot(t *testing.T, cmdline string) (*boot, *kmodtest.Kernel, *bytes.Buffer) {
	t.Helper()
	root := testRoot(t)
	kernel := kmodtest.New("6.1.0-test")
	kernel.Vermagic = "6.1.0-test SMP preempt mod_unload modversions "
	kernel.Plug(uevent.Device{Devpath: "/devices/pci0", Modalias: "pci:v0001"}, uevent.Device{Devpath: "/devices/pci1", Modalias: "pci:v0002"})
	kernel.OnInit = func(module, _ string) error {
		switch module {
		case "bus":
			kernel.Plug(uevent.Device{Devpath: "/devices/pci0/disk0", Modalias: "bus:disk"})
		case "disk":
			kernel.PlugAs("block", uevent.Device{Devpath: "/devices/pci0/disk0/vda"}, uevent.Variable{Key: "DEVNAME", Value: "vda"})
		}
		return nil
	}
	log := &bytes.Buffer{}
	device := filepath.Join(t.TempDir(), "vda")
	disk := make([]byte, 0x500)
	copy(disk[0x438:], "\x53\xef")
	copy(disk[0x468:], "0123456789abcdef")
	if err := os.WriteFile(device, disk, 0o644); err != nil {
		t.Fatal(err)
	}
	open := func() (*kmod.Loader, error) {
		db, err := kmod.Open(&kmod.Config{Root: root, Release: "6.1.0-test"})
		return kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}), err
	}
	b := &boot{request: parseCmdline(cmdline), plugger: &plugger{cfg: hotplug.Config{Open: open, Events: kernel.Events}, log: log}}
	b.open = func(name string) (*os.File, error) {
		if _, err := fs.Stat(kernel.Dev(), strings.TrimPrefix(name, "/dev/")); err != nil {
			return nil, err
		}
		return os.Open(device)
	}
	b.devices = func() []string { return []string{"/dev/sr0", "/dev/vda"} }
	b.mount = func(device, fstype, flags string, readOnly bool) error {
		if !strings.Contains(log.String(), "loaded rootfs\n") {
			return errors.New("unknown file system")
		}
		log.WriteString("mounted " + strings.Join([]string{device, fstype, flags}, " ") + "\n")
		return nil
	}
	return b, kernel, log
}

// inBubble runs a test in which time passes only when nothing else happens.
func inBubble(t *testing.T, name string, test func(*testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestBoot(t *testing.T) {
	for _, root := range []string{"/dev/vda", "UUID=30313233-3435-3637-3839-616263646566", "UUID=30313233-3435-3637-3839-616263646566 rootfstype=ext4"} {
		inBubble(t, root, func(t *testing.T) { checkBoot(t, root) })
	}
}

func checkBoot(t *testing.T, root string) {
	b, kernel, log := testBoot(t, "root="+root+" rootflags=x=1 initramfs.timeout=60")
	if err := b.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "initramfs: loaded bus\ninitramfs: loaded disk\ninitramfs: loaded rootfs\nmounted /dev/vda ext4 x=1\n"
	if log.String() != want {
		t.Errorf("got\n%s\nwant\n%s", log, want)
	}
	if got := kernel.Modules(); len(got) != 3 {
		t.Errorf("in the kernel are %v", got)
	}
}

func TestBootFails(t *testing.T) {
	for _, test := range []struct {
		name, cmdline, want string
		is                  error
	}{
		{"no root", "quiet", "", errNoRoot},
		{"no device", "root=/dev/sda initramfs.timeout=0",
			"wait for the root device /dev/sda: it did not appear", errNoDevice},
		{"no such UUID", "root=UUID=1-2 initramfs.timeout=0", "wait for the root device UUID=1-2: it did not appear", errNoDevice},
		{"wrong type", "root=/dev/vda rootfstype=xfs", "mount /dev/vda, xfs: unknown file system", nil},
	} {
		inBubble(t, test.name, func(t *testing.T) {
			b, _, _ := testBoot(t, test.cmdline)
			if err := b.run(t.Context()); err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestBootDriverFails: a single failing driver is not a reason to give up before the time
// is over, which counts from the arrival of the last device.
func TestBootDriverFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, kernel, log := testBoot(t, "root=/dev/vda rootfstype=ext4 initramfs.timeout=60")
		init := kernel.OnInit
		kernel.OnInit = func(module, params string) error {
			if module == "disk" {
				return syscall.ENODEV
			}
			return init(module, params)
		}
		time.AfterFunc(50*time.Second, func() { kernel.Plug(uevent.Device{Devpath: "/devices/other", Modalias: "usb:x"}) })
		begun := time.Now()
		if err := b.run(t.Context()); !errors.Is(err, errNoDevice) || !strings.Contains(log.String(), "initramfs: insert module disk") {
			t.Errorf("got %v, %s", err, log)
		}
		if took := time.Since(begun); took != 110*time.Second {
			t.Errorf("it gave up after %v", took)
		}
	})
}

// TestBootRetries: a driver that fails at first is tried again.
func TestBootRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, kernel, log := testBoot(t, "root=/dev/vda")
		kernel.OnInit = nil
		kernel.FailTimes("bus", 5, 1)
		time.AfterFunc(5*time.Second, func() {
			kernel.PlugAs("block", uevent.Device{Devpath: "/devices/vda"}, uevent.Variable{Key: "DEVNAME", Value: "vda"})
		})
		if err := b.run(t.Context()); err != nil || !strings.Contains(log.String(), "loaded bus\n") {
			t.Errorf("got %v, %s", err, log)
		}
	})
}

// TestBootEnds: the end of the context ends it.
func TestBootEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, _ := testBoot(t, "root=/dev/none initramfs.timeout=60")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// TestBootWithoutModules: a kernel for which the image has no modules may have
// everything built in.
func TestBootWithoutModules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, kernel, log := testBoot(t, "root=/dev/vda")
		b.plugger.cfg.Open = func() (*kmod.Loader, error) {
			db, err := kmod.Open(&kmod.Config{FS: fstest.MapFS{}, Release: "6.2"})
			return kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}), err
		}
		time.AfterFunc(5*time.Second, func() {
			kernel.PlugAs("block", uevent.Device{Devpath: "/devices/vda"}, uevent.Variable{Key: "DEVNAME", Value: "vda"})
		})
		b.mount = func(string, string, string, bool) error { return nil }
		if err := b.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := "initramfs: there is no module directory lib/modules/6.2, nor lib/modules\n"
		if got := log.String(); got != want {
			t.Errorf("got\n%s", got)
		}
	})
}

func TestCmdline(t *testing.T) {
	for text, want := range map[string]request{
		"": {readOnly: true, timeout: defaultTimeout},
		"root=/dev/vda1 rw rootfstype=xfs rootflags=a,b=c init=/x initramfs.timeout=3\n": {"/dev/vda1", "xfs", "a,b=c", false, "/x", 3 * time.Second},
		"root=a root=b rw ro initramfs.timeout=x initramfs.timeout=-1":                   {root: "b", readOnly: true, timeout: defaultTimeout},
		"root=UUID=1-2 quiet": {root: "UUID=1-2", readOnly: true, timeout: defaultTimeout},
	} {
		if got := parseCmdline(text); got != want {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

func TestFstype(t *testing.T) {
	for _, s := range superblocks {
		device := make([]byte, max(s.at, s.uuid)+16)
		copy(device[s.uuid:], "0123456789abcdef")
		copy(device[s.at:], s.mark)
		want := ""
		if s.uuid != 0 {
			want = "30313233-3435-3637-3839-616263646566"
		}
		if fstype, uuid := identify(bytes.NewReader(device)); fstype != s.fstype || uuid != want {
			t.Errorf("%s is taken for %q, %q", s.fstype, fstype, uuid)
		}
		if fstype, _ := identify(bytes.NewReader(device[:int(s.at)+len(s.mark)-1])); fstype != "" {
			t.Errorf("half a mark of %s is taken for %q", s.fstype, fstype)
		}
	}
}

func TestNamesOf(t *testing.T) {
	for args, want := range map[string]string{"-q -- a": "a", "a b": "a b", "-- -a -- b": "-a -- b", "-q": "", "": ""} {
		if got := strings.Join(namesOf(strings.Fields(args)), " "); got != want {
			t.Errorf("%s: got %s", args, got)
		}
	}
}
