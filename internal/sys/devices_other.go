//go:build !linux

package sys

import "errors"

// DeviceText is the text of one directory of a device tree.
type DeviceText struct{ Dir, Text string }

// ErrTooMany means that a device tree has more or deeper directories than any
// real machine's.
var ErrTooMany = errors.New("the tree has more or deeper directories than any machine's")

// ReadDevices fails with an error that wraps errors.ErrUnsupported.
func ReadDevices(string, func(string, []byte) string) ([]DeviceText, error) {
	return nil, unsupported("reading the devices")
}
