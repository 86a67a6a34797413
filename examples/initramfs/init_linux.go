package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// mounts are the file systems that the kernel itself provides.
var mounts = [...]struct{ fstype, dir string }{
	{"proc", "/proc"},
	{"sysfs", "/sys"},
	{"devtmpfs", "/dev"},
	{"tmpfs", "/run"},
}

// firstProcess is the process's part as the init of the image. It returns only if
// it cannot continue; then the kernel panics.
func firstProcess(stderr io.Writer) int {
	err := start(context.Background(), stderr)
	fmt.Fprintln(stderr, "initramfs: giving up:", err)
	return 1
}

func start(ctx context.Context, log io.Writer) error {
	for _, m := range mounts {
		if err := syscall.Mount(m.fstype, m.dir, m.fstype, 0, ""); err != nil && !errors.Is(err, syscall.EBUSY) {
			return fmt.Errorf("mount %s: %w", m.dir, err)
		}
	}
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return err
	}
	b := newBoot(string(cmdline), log)
	if err := b.run(ctx); err != nil {
		return err
	}
	return b.leave()
}

func mountRoot(device, fstype, flags string, readOnly bool) error {
	var bits uintptr
	if readOnly {
		bits |= syscall.MS_RDONLY
	}
	return syscall.Mount(device, "/"+newRoot, fstype, bits, flags)
}

// leave makes the new root the root and runs the init there. The files of the
// image become unreachable.
func (b *boot) leave() error {
	for _, m := range mounts {
		if err := syscall.Mount(m.dir, "/"+newRoot+m.dir, "", syscall.MS_MOVE, ""); err != nil {
			if err := syscall.Unmount(m.dir, syscall.MNT_DETACH); err != nil {
				return fmt.Errorf("unmount %s: %w", m.dir, err)
			}
		}
	}
	if err := os.Chdir("/" + newRoot); err != nil {
		return err
	}
	if err := syscall.Mount(".", "/", "", syscall.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the root file system: %w", err)
	}
	if err := syscall.Chroot("."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return b.runInit()
}

// runInit turns this process into the init of the root file system.
func (b *boot) runInit() error {
	candidates := inits
	if b.init != "" {
		candidates = []string{b.init}
	}
	for _, name := range candidates {
		err := syscall.Exec(name, []string{name}, []string{"HOME=/", "TERM=linux"})
		if !errors.Is(err, syscall.ENOENT) {
			return fmt.Errorf("run %s: %w", name, err)
		}
	}
	return errNoInit
}
