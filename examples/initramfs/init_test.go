package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// testBoot is a machine in memory, in which the module bus finds a device for
// the module disk, which creates the root device.
func testBoot(t *testing.T, cmdline string) (*boot, *kmodtest.Kernel, *bytes.Buffer) {
	t.Helper()
	root := testRoot(t)
	db, err := kmod.Open(&kmod.Config{Root: root, Release: "6.1.0-test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	kernel := kmodtest.New("6.1.0-test")
	kernel.Vermagic = "6.1.0-test SMP preempt mod_unload modversions "
	sysfs := fstest.MapFS{"devices/pci0/modalias": {Data: []byte("pci:v0001\n")}, "devices/pci1/modalias": {Data: []byte("pci:v0002\n")}}
	log := &bytes.Buffer{}
	device := filepath.Join(t.TempDir(), "vda")
	disk := make([]byte, 0x500)
	copy(disk[0x438:], "\x53\xef")
	copy(disk[0x468:], "0123456789abcdef")
	if err := os.WriteFile(device, disk, 0o644); err != nil {
		t.Fatal(err)
	}
	b := &boot{request: parseCmdline(cmdline), plugger: newPlugger(kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kernel}),
		func() iter.Seq2[uevent.Device, error] { return uevent.Present(sysfs) }, log)}
	loaded := func(name string) bool { return strings.Contains(log.String(), "loaded "+name+"\n") }
	b.open = func(name string) (*os.File, error) {
		if name != "/dev/vda" || !loaded("disk") {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return os.Open(device)
	}
	b.devices = func() []string { return []string{"/dev/sr0", "/dev/vda"} }
	b.mount = func(device, fstype, flags string, readOnly bool) error {
		if !loaded("rootfs") {
			return errors.New("unknown file system")
		}
		log.WriteString("mounted " + strings.Join([]string{device, fstype, flags}, " ") + "\n")
		return nil
	}
	b.pause = func(context.Context) {
		if loaded("bus") {
			sysfs["devices/pci0/disk0/modalias"] = &fstest.MapFile{Data: []byte("bus:disk\n")}
		}
	}
	return b, kernel, log
}

func TestBoot(t *testing.T) {
	for _, root := range []string{"/dev/vda", "UUID=30313233-3435-3637-3839-616263646566", "UUID=30313233-3435-3637-3839-616263646566 rootfstype=ext4"} {
		t.Run(root, func(t *testing.T) { checkBoot(t, root) })
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
		t.Run(test.name, func(t *testing.T) {
			b, _, _ := testBoot(t, test.cmdline)
			if err := b.run(t.Context()); err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestBootDriverFails: a single failing driver is not a reason to give up.
func TestBootDriverFails(t *testing.T) {
	b, kernel, log := testBoot(t, "root=/dev/vda rootfstype=ext4 initramfs.timeout=0")
	kernel.Fail("disk", 19)
	if err := b.run(t.Context()); !errors.Is(err, errNoDevice) || !strings.Contains(log.String(), "initramfs: insert module disk") {
		t.Errorf("got %v, %s", err, log)
	}
}

// TestBootWithoutModules: a kernel for which the image has no modules may have
// everything built in.
func TestBootWithoutModules(t *testing.T) {
	b, _, log := testBoot(t, "root=/dev/vda")
	db, err := kmod.Open(&kmod.Config{FS: fstest.MapFS{}, Release: "6.2"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	b.plugger.loader = kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: kmodtest.New("6.2")})
	open, looks := b.open, 0
	b.open = func(name string) (*os.File, error) {
		if looks++; looks == 2 {
			log.WriteString("loaded disk\nloaded rootfs\n") // as if they had been built in
		}
		return open(name)
	}
	if err := b.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := "initramfs: there is no module directory lib/modules/6.2, nor lib/modules\n"
	if got := log.String(); !strings.HasPrefix(got, want) || strings.Count(got, "no module directory") != 1 {
		t.Errorf("got\n%s", got)
	}
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
