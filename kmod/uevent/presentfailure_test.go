package uevent

import (
	"errors"
	"syscall"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
)

// TestPresentFails: a device is left out only for a reason of its own.
func TestPresentFails(t *testing.T) {
	const device = "devices/pci0/0000:00:01.0"
	for _, name := range []string{device, device + "/modalias"} {
		for err, ends := range map[error]bool{
			syscall.EMFILE: true, syscall.ENFILE: true, syscall.ENOMEM: true, syscall.ENODEV: false, syscall.EIO: false,
		} {
			list, got := collect(Present(modtest.Failing{FS: tree(), Name: name, Err: err}))
			if ends != errors.Is(got, err) || !ends && (got != nil || len(list) == 0) {
				t.Errorf("%s, %v: %d devices, error %v", name, err, len(list), got)
			}
		}
	}
}
