// Command initramfs builds an initial root file system for a Linux kernel: a
// cpio archive with exactly the modules that are needed to reach the real root
// file system, their firmware and configuration, and a small init. It shows
// closure.Closure at work, and has no other program do anything.
//
//	initramfs -o initrd.img ext4 virtio_pci virtio_blk       modules by name or alias
//	initramfs -o initrd.img -drivers block,fs,input          a generic image
//	initramfs -o initrd.img -host                            for this machine: devices and root
//	initramfs -list -path 'kernel/drivers/nvme/**'           list what it would have, and why
//
// The tree of modules may be that of another machine or kernel (-root, -release).
// Equal input makes equal bytes.
//
// # In the image
//
// The init is this very program, which behaves as follows when the kernel starts it as
// the first process. It mounts /proc, /sys, /dev and /run, loads the modules for all
// devices that it finds, and again for those that appear then, until the root device is
// there, determines the file system on it, loads and mounts that, changes to it and runs
// the init there. As /sbin/modprobe, it is also what the kernel calls for missing
// modules; -modprobe puts another program there, such as examples/kmod.
//
// The image has /dev/console and /dev/null from its first moment, before devtmpfs
// is mounted: the kernel starts that helper without open descriptors, and a
// program written in Go opens /dev/null for those before its main function, and
// ends if it cannot.
//
// These words of the kernel command line count: root=/dev/NAME or root=UUID=…,
// rootfstype=TYPE, rootflags=OPTIONS, ro, rw, init=PATH, and
// initramfs.timeout=SECONDS, how long to wait for the root device after the last
// device appeared (10). An image without modules for the running kernel says so
// and continues with what the kernel has built in; building one from a module
// directory that does not exist, or that has no indexes, is an error.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
)

func main() { os.Exit(run(output(os.Stdout), output(os.Stderr))) }

// run decides by its name which part the process plays. The first process of a
// container is not that of a machine.
func run(stdout, stderr io.Writer) int {
	switch {
	case os.Getpid() == 1 && os.Args[0] == "/init":
		return firstProcess(stderr)
	case path.Base(os.Args[0]) == "modprobe":
		return modprobe(os.Args[1:])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o, err := parseOptions(os.Args[1:], stderr)
	if err != nil {
		return 2
	}
	if err := o.run(ctx, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "initramfs: %v\n", err)
		return 1
	}
	return 0
}
