package uevent

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"
)

// failing is a file system in which one name cannot be opened.
type failing struct {
	fs.FS
	name string
	err  error
}

func (f failing) Open(name string) (fs.File, error) {
	if name == f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: f.err}
	}
	return f.FS.Open(name)
}

// TestPresentFails: a device is left out for a reason of its own only.
func TestPresentFails(t *testing.T) {
	const device = "devices/pci0/0000:00:01.0"
	for _, name := range []string{device, device + "/modalias"} {
		for err, ends := range map[error]bool{
			syscall.EMFILE: true, syscall.ENFILE: true, syscall.ENOMEM: true, syscall.ENODEV: false, syscall.EIO: false,
		} {
			list, got := collect(Present(failing{tree(), name, err}))
			if ends != errors.Is(got, err) || !ends && (got != nil || len(list) == 0) {
				t.Errorf("%s, %v: %d devices, error %v", name, err, len(list), got)
			}
		}
	}
}
