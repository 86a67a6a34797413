package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/cavaliergopher/cpio"
)

// device is the number of a device.
type device struct{ major, minor uint32 }

// Devices that programs need before anything can create them: without /dev/null,
// a Go program whose standard descriptors are closed ends before main, and the
// kernel starts its helper, /sbin/modprobe, that way.
var (
	console = device{5, 1}
	null    = device{1, 3}
)

// addDevice adds a character device, which has no content, to what out writes to w: a
// header of the format "newc" (the kernel's early-userspace/buffer-format). The library
// has no field for the device numbers.
func addDevice(out *cpio.Writer, w io.Writer, name string, perm cpio.FileMode, dev device) error {
	if err := out.Flush(); err != nil {
		return err
	}
	const links = 1
	header := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\x00",
		0, uint32(cpio.TypeChar|perm), 0, 0, links, 0, 0, 0, 0, dev.major, dev.minor, len(name)+1, 0, name)
	_, err := io.WriteString(w, header+strings.Repeat("\x00", -len(header)&3))
	return err
}
