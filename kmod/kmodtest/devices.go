package kmodtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod/uevent"
)

// Plug adds devices to the machine, in /sys/devices as Devpath says and with an
// event for each. A Devpath that does not begin with "/devices/" has only the
// event.
func (k *Kernel) Plug(devices ...uevent.Device) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range devices {
		k.devices = append(k.devices, d)
		k.send(uevent.Add, d)
	}
}

// Unplug takes away the devices with that Devpath, with an event for each. What
// modules were loaded for them stays.
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
		names: func() []string { return deviceFolders(k.devices).names() },
		child: func(name string) *node { return deviceFolders(k.devices).child(name) },
	}
}

// deviceFolders are the folders that lead to devices, and in each of these the
// file modalias.
func deviceFolders(devices []uevent.Device) *node {
	top := newDeviceFolder()
	for _, d := range devices {
		path, below := strings.CutPrefix(d.Devpath, "/devices/")
		if !below {
			continue
		}
		folder := top
		for element := range strings.SplitSeq(path, "/") {
			next := folder.below[element]
			if next == nil {
				next = newDeviceFolder()
				folder.below[element] = next
			}
			folder = next
		}
		folder.modalias = d.Modalias
	}
	return top.node()
}

// deviceFolder is a folder below /sys/devices.
type deviceFolder struct {
	modalias string
	below    map[string]*deviceFolder
}

func newDeviceFolder() *deviceFolder { return &deviceFolder{below: map[string]*deviceFolder{}} }

func (d *deviceFolder) node() *node {
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
