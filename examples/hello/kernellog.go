package main

import (
	"fmt"
	"strconv"
	"strings"
)

// parseRecord turns a record of /dev/kmsg into a line as dmesg(1) shows it, the
// time in seconds since the boot:
//
//	priority,sequence,microseconds,flags[,…];text
//	 KEY=VALUE
//
// See Documentation/ABI/testing/dev-kmsg of the kernel.
func parseRecord(record string) (line string, ok bool) {
	head, text, ok := strings.Cut(record, ";")
	if !ok {
		return "", false
	}
	fields := strings.Split(head, ",")
	if len(fields) < 4 {
		return "", false
	}
	usec, err := strconv.ParseUint(fields[2], 10, 64)
	if err != nil {
		return "", false
	}
	text, _, _ = strings.Cut(text, "\n")
	return fmt.Sprintf("[%5d.%06d] %s", usec/1e6, usec%1e6, text), true
}
