package debian

import (
	"context"
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// What a system that is to be booted has besides Debian's packages.
var (
	//go:embed testdata/library.sh
	libraryScript string
	//go:embed testdata/report.sh
	reportScript string
	//go:embed testdata/noudev.sh
	noudevScript string
	//go:embed testdata/report.service
	reportUnit string
)

// InitWithoutUdev is the program of a root that takes the place of systemd.
const InitWithoutUdev = "/usr/local/sbin/noudev"

// timers would start something at a time of theirs.
var timers = []string{"apt-daily", "apt-daily-upgrade", "dpkg-db-backup", "e2scrub_all", "fstrim",
	"systemd-tmpfiles-clean"}

// Furnish adds what the guests need: a report at the end of the start, a file system
// that is mounted, and a name. Modules is the setting of the generator of initial RAM
// disks: "list" is for named modules, "most" for all that a machine may start with.
func (r *Root) Furnish(modules string) error {
	for _, f := range []struct {
		name, text string
		executable bool
	}{
		{"/usr/local/lib/test/library.sh", libraryScript, false},
		{"/usr/local/sbin/report", reportScript, true},
		{InitWithoutUdev, noudevScript, true},
		{"/etc/systemd/system/report.service", reportUnit, false},
		{"/etc/fstab", "/dev/vda / ext4 defaults 0 1\n", false},
		{"/etc/hostname", "guest\n", false},
		{"/etc/initramfs-tools/conf.d/test", "MODULES=" + modules + "\nCOMPRESSLEVEL=1\n", false},
		{"/etc/initramfs-tools/modules", strings.Join(initrdModules, "\n") + "\n", false},
		{"/etc/initramfs-tools/hooks/test", initrdHook, true},
	} {
		mode := os.FileMode(0o644)
		if f.executable {
			mode = 0o755
		}
		if err := r.Write(f.name, f.text, mode); err != nil {
			return err
		}
	}
	return r.linkUnits()
}

// linkUnits has the report started and disables the timers.
func (r *Root) linkUnits() error {
	const units = "/etc/systemd/system"
	links := map[string]string{"multi-user.target.wants/report.service": "../report.service"}
	for _, name := range timers {
		links[name+".timer"] = "/dev/null"
	}
	var errs []error
	for name, target := range links {
		file := r.Path(filepath.Join(units, name))
		errs = append(errs, os.MkdirAll(filepath.Dir(file), 0o755), os.Symlink(target, file))
	}
	return errors.Join(errs...)
}

// initrdModules are loaded by the initial RAM disk: what the root file system needs,
// some with dependencies, and one with an option.
var initrdModules = []string{"ext4", "virtio_pci", "virtio_blk", "loop max_loop=3"}

// initrdHook adds modules to the initial RAM disk with the generator's own functions: a
// class of drivers, and file systems with soft dependencies.
const initrdHook = `#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
auto_add_modules usb_storage
manual_add_modules btrfs f2fs xfs
`

// InitrdFiles lists what is in the root's initial RAM disk.
func (r *Root) InitrdFiles(ctx context.Context) ([]string, error) {
	release, err := r.Release()
	if err != nil {
		return nil, err
	}
	out, err := r.Run(ctx, "lsinitramfs", "/boot/initrd.img-"+release)
	return strings.Fields(string(out)), err
}

// InitrdFile returns the content of a file in the root's initial RAM disk. It is unpacked
// in the root, to be left there.
func (r *Root) InitrdFile(ctx context.Context, name string) ([]byte, error) {
	release, err := r.Release()
	if err != nil {
		return nil, err
	}
	const place = "/var/tmp/initrd"
	if _, err := r.Run(ctx, "unmkinitramfs", "/boot/initrd.img-"+release, place); err != nil {
		return nil, err
	}
	defer os.RemoveAll(r.Path(place))
	for _, part := range []string{"", "main"} { // the latter if there is an early part
		data, err := os.ReadFile(r.Path(filepath.Join(place, part, name)))
		if !errors.Is(err, os.ErrNotExist) {
			return data, err
		}
	}
	return nil, &os.PathError{Op: "read from the initial RAM disk", Path: name, Err: os.ErrNotExist}
}
