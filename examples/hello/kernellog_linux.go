package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"
)

// kernelLog is the kernel log from the moment of opening it.
type kernelLog struct{ fd int }

// openKernelLog opens the kernel log behind its last record. Package os is of
// no use here: it would wait for new records.
func openKernelLog() (*kernelLog, error) {
	fd, err := syscall.Open("/dev/kmsg", syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open the kernel log /dev/kmsg: %w", err)
	}
	if _, err := syscall.Seek(fd, 0, io.SeekEnd); err != nil {
		syscall.Close(fd)
		return nil, fmt.Errorf("find the end of the kernel log: %w", err)
	}
	return &kernelLog{fd}, nil
}

// maxRecord is more than the kernel puts into a record.
const maxRecord = 16 << 10

// Lines returns what the kernel logged since the last call. Records that were
// overwritten before they could be read (EPIPE) are left out.
func (l *kernelLog) Lines() ([]string, error) {
	var lines []string
	buf := make([]byte, maxRecord)
	for {
		n, err := syscall.Read(l.fd, buf)
		switch {
		case errors.Is(err, syscall.EAGAIN):
			return lines, nil
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.EPIPE):
		case err != nil:
			return lines, fmt.Errorf("read the kernel log: %w", err)
		case n <= 0:
			return lines, nil
		default:
			if line, ok := parseRecord(string(buf[:n])); ok {
				lines = append(lines, line)
			}
		}
	}
}

// Close closes the log.
func (l *kernelLog) Close() error { return syscall.Close(l.fd) }
