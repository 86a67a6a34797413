package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/kmod/live"
)

// kernelLog is the kernel log from the moment of opening it.
type kernelLog struct{ live.LogReader }

func openKernelLog() (*kernelLog, error) {
	log, err := (&live.Host{}).OpenLog()
	if err != nil {
		return nil, fmt.Errorf("open the kernel log: %w", err)
	}
	return &kernelLog{log}, nil
}

// Lines returns what the kernel logged since the last call. Records that were
// overwritten before they could be read are left out.
func (l *kernelLog) Lines() ([]string, error) {
	var lines []string
	for {
		record, err := l.ReadRecord()
		switch {
		case err == io.EOF:
			return lines, nil
		case errors.Is(err, live.ErrLogOverrun):
		case err != nil:
			return lines, fmt.Errorf("read the kernel log: %w", err)
		default:
			if line, ok := parseRecord(record); ok {
				lines = append(lines, line)
			}
		}
	}
}

// parseRecord turns a record of /dev/kmsg into a line as shown by dmesg(1),
// with the time in seconds since boot:
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
