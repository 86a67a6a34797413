package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// newRoot is where the root file system is mounted before it becomes the root.
const newRoot = "sysroot"

// inits are the programs to try on the root file system.
var inits = []string{"/sbin/init", "/etc/init", "/bin/init", "/bin/sh"}

// Reasons to give up.
var (
	errNoRoot   = errors.New("the kernel command line has no root=")
	errNoDevice = errors.New("it did not appear")
	errNoFS     = errors.New("it has no known file system (see rootfstype=)")
	errNoInit   = errors.New("there is no init on the root file system")
)

// boot brings the machine from the image to its root file system. Everything
// that it uses can be replaced in tests.
type boot struct {
	request
	plugger *plugger
	devices func() []string // paths of block devices
	open    func(device string) (*os.File, error)
	mount   func(device, fstype, flags string, readOnly bool) error
	pause   func(context.Context) // between two checks of the devices
}

// run mounts the root file system.
func (b *boot) run(ctx context.Context) error {
	if b.root == "" {
		return errNoRoot
	}
	device, fstype, err := b.waitForRoot(ctx)
	if err != nil {
		return fmt.Errorf("wait for the root device %s: %w", b.root, err)
	}
	if b.fstype != "" {
		fstype = b.fstype
	}
	if fstype == "" {
		return fmt.Errorf("mount %s: %w", device, errNoFS)
	}
	if err := b.plugger.load(ctx, "fs-"+fstype); err != nil {
		return err
	}
	if err := b.mount(device, fstype, b.flags, b.readOnly); err != nil {
		return fmt.Errorf("mount %s, %s: %w", device, fstype, err)
	}
	return nil
}

// waitForRoot loads modules until the root device can be opened, and returns
// what is on it. The time to wait counts from the arrival of the last device.
func (b *boot) waitForRoot(ctx context.Context) (device, fstype string, err error) {
	last := time.Now()
	for {
		came, err := b.plugger.plug(ctx)
		if err != nil {
			return "", "", err
		}
		device, fstype, err := b.findRoot()
		switch {
		case err == nil:
			return device, fstype, nil
		case came:
			last = time.Now()
		case time.Since(last) >= b.timeout:
			return "", "", err
		}
		b.pause(ctx)
	}
}

// findRoot looks for the root device, by its path or by the UUID of its file
// system.
func (b *boot) findRoot() (device, fstype string, err error) {
	wanted, byUUID := strings.CutPrefix(b.root, "UUID=")
	if !byUUID {
		fstype, _, err := b.look(b.root)
		return b.root, fstype, err
	}
	for _, device := range b.devices() {
		if fstype, uuid, err := b.look(device); err == nil && uuid == strings.ToLower(wanted) {
			return device, fstype, nil
		}
	}
	return "", "", errNoDevice
}

// look returns what is on a device.
func (b *boot) look(device string) (fstype, uuid string, err error) {
	f, err := b.open(device)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", errNoDevice
	}
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	fstype, uuid = identify(f)
	return fstype, uuid, nil
}

// blockDevices lists the block devices of this machine in the order of names.
func blockDevices() []string {
	entries, _ := os.ReadDir("/sys/class/block")
	var devices []string
	for _, e := range entries {
		devices = append(devices, "/dev/"+strings.ReplaceAll(e.Name(), "!", "/"))
	}
	return devices
}

// pollInterval is how often the devices are checked.
const pollInterval = 20 * time.Millisecond

// sleep waits for the next check of the devices.
func sleep(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(pollInterval):
	}
}

// newBoot prepares to boot this machine.
func newBoot(cmdline string, log io.Writer) (*boot, error) {
	db, err := kmod.Open(nil)
	if err != nil {
		return nil, err
	}
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Explain: diagnose.Explainer()})
	return &boot{
		request: parseCmdline(cmdline),
		plugger: newPlugger(loader, func() iter.Seq2[uevent.Device, error] { return uevent.PresentIn("/sys") }, log),
		devices: blockDevices,
		open:    os.Open,
		mount:   mountRoot,
		pause:   sleep,
	}, nil
}
