//go:build !linux

package sys

import "errors"

// DeviceText is what one folder of a tree of devices has to say.
type DeviceText struct{ Dir, Text string }

// ErrTooMany means that a tree of devices has more or deeper folders than any
// machine's.
var ErrTooMany = errors.New("there are more or deeper folders than are looked into")

// ReadDevices fails with an error that wraps errors.ErrUnsupported.
func ReadDevices(string, func(string, []byte) string) ([]DeviceText, error) {
	return nil, unsupported("looking at the devices")
}
