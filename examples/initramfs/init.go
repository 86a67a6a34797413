package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/hotplug"
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

// waitForRoot has modules loaded until the root device can be opened, and returns what
// is on it. The time to wait counts from the arrival of the last device.
func (b *boot) waitForRoot(ctx context.Context) (device, fstype string, err error) {
	waiting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	stop := b.plugger.start(ctx, b.timeout, giveUp)
	defer stop()
	var missing error
	look := func() (bool, error) {
		device, fstype, missing = b.findRoot()
		return missing == nil, nil
	}
	_ = hotplug.Wait(waiting, &hotplug.WaitConfig{Events: b.plugger.cfg.Events, Poll: pollInterval}, look)
	if err := ctx.Err(); err != nil {
		return "", "", err
	}
	_, _ = look() // it may have come with the last moment
	return device, fstype, missing
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

// pollInterval is how often the devices are checked without an event: they may have been
// found before their file systems can be read.
const pollInterval = 20 * time.Millisecond

// newBoot prepares to boot this machine.
func newBoot(cmdline string, log io.Writer) *boot {
	return &boot{
		request: parseCmdline(cmdline),
		plugger: &plugger{cfg: hotplug.Config{Open: openModules}, log: log},
		devices: blockDevices,
		open:    os.Open,
		mount:   mountRoot,
	}
}

// openModules opens the modules of the image.
func openModules() (*kmod.Loader, error) {
	db, err := kmod.Open(nil)
	if err != nil {
		return nil, err
	}
	return kmod.NewLoader(db, &kmod.LoaderConfig{Explain: diagnose.Explainer()}), nil
}
