package main

import (
	"strconv"
	"strings"
	"time"
)

// request is what the kernel command line asks of the init.
type request struct {
	root     string        // device of the root file system, or UUID=…
	fstype   string        // its type, "" for whatever is on the device
	flags    string        // mount options
	readOnly bool          // mount it read-only
	init     string        // the program to run there, "" for the first that exists
	timeout  time.Duration // how long to wait for the device
}

const defaultTimeout = 10 * time.Second

// parseCmdline reads a kernel command line. Of repeated words, the last one
// counts.
func parseCmdline(text string) request {
	r := request{readOnly: true, timeout: defaultTimeout}
	for word := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "root":
			r.root = value
		case "rootfstype":
			r.fstype = value
		case "rootflags":
			r.flags = value
		case "ro", "rw":
			r.readOnly = key == "ro"
		case "init":
			r.init = value
		case "initramfs.timeout":
			if n, err := strconv.Atoi(value); err == nil && n >= 0 {
				r.timeout = time.Duration(n) * time.Second
			}
		}
	}
	return r
}
