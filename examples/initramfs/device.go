package main

import (
	"fmt"
	"io"
	"strings"
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

// writeDevice writes the entry of a device, which has no content: a header of the
// format "newc" (the kernel's early-userspace/buffer-format). The library has no
// field for the device numbers.
func writeDevice(w io.Writer, e *entry) error {
	const links = 1
	header := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\x00",
		0, uint32(e.mode), 0, 0, links, 0, 0, 0, 0, e.dev.major, e.dev.minor, len(e.name)+1, 0, e.name)
	_, err := io.WriteString(w, header+strings.Repeat("\x00", -len(header)&3))
	return err
}
