package kmodtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod/uevent"
)

// Plug adds devices to the machine, in /sys/devices at their Devpath and with
// an event for each. A Devpath that does not begin with "/devices/" only has
// the event.
func (k *Kernel) Plug(devices ...uevent.Device) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range devices {
		k.devices = append(k.devices, d)
		k.send(uevent.Add, d)
	}
}

// Unplug removes the devices with the given Devpath, with an event for each.
// Modules that were loaded for them stay.
func (k *Kernel) Unplug(devpath string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var kept []uevent.Device
	for _, d := range k.devices {
		if d.Devpath != devpath {
			kept = append(kept, d)
			continue
		}
		k.send(uevent.Remove, d)
	}
	k.devices = kept
}

// sysDevices is /sys/devices.
func (k *Kernel) sysDevices() *node {
	return &node{
		names: func() []string { return deviceDirs(k.devices).names() },
		child: func(name string) *node { return deviceDirs(k.devices).child(name) },
	}
}

// deviceDirs are the directories on the way to devices, each device's with a
// file modalias.
func deviceDirs(devices []uevent.Device) *node {
	top := newDeviceDir()
	for _, d := range devices {
		path, below := strings.CutPrefix(d.Devpath, "/devices/")
		if !below {
			continue
		}
		dir := top
		for element := range strings.SplitSeq(path, "/") {
			next := dir.below[element]
			if next == nil {
				next = newDeviceDir()
				dir.below[element] = next
			}
			dir = next
		}
		dir.modalias = d.Modalias
	}
	return top.node()
}

// deviceDir is a directory below /sys/devices.
type deviceDir struct {
	modalias string
	below    map[string]*deviceDir
}

func newDeviceDir() *deviceDir { return &deviceDir{below: map[string]*deviceDir{}} }

func (d *deviceDir) node() *node {
	return &node{
		names: func() []string {
			names := slices.Collect(maps.Keys(d.below))
			if d.modalias != "" {
				names = append(names, "modalias", "uevent")
			}
			return names
		},
		child: func(name string) *node {
			switch below := d.below[name]; {
			case below != nil:
				return below.node()
			case d.modalias != "" && name == "modalias":
				return word(d.modalias)
			case d.modalias != "" && name == "uevent":
				return word("MODALIAS=" + d.modalias)
			}
			return nil
		},
	}
}
