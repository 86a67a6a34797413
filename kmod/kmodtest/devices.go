package kmodtest

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod/uevent"
)

// device is a device of the machine.
type device struct {
	uevent.Device
	subsystem string
	env       []uevent.Variable
}

// Plug adds devices to the machine, in /sys/devices at their Devpath and with
// an event for each. A Devpath that does not begin with "/devices/" only has
// the event.
func (k *Kernel) Plug(devices ...uevent.Device) {
	for _, d := range devices {
		k.PlugAs("", d)
	}
}

// PlugAs adds one device as [Kernel.Plug] does, of a subsystem such as "block" and
// with further variables in its events. With a variable DEVNAME it has a node of that
// name ([Kernel.Dev]). The modalias may be empty, as that of a disk is.
func (k *Kernel) PlugAs(subsystem string, d uevent.Device, env ...uevent.Variable) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.plug(device{Device: d, subsystem: subsystem, env: env})
}

// PlugUnheard adds devices as [Kernel.Plug] does while listeners lose events, as
// [Kernel.LoseEvents] has them: no listener receives the events of these devices.
func (k *Kernel) PlugUnheard(devices ...uevent.Device) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range devices {
		k.plug(device{Device: d})
	}
	k.loseEvents()
}

// plug adds a device and sends its event. The lock is held.
func (k *Kernel) plug(d device) {
	k.devices = append(k.devices, d)
	k.send(uevent.Add, d)
}

// Unplug removes the devices with the given Devpath, with an event for each.
// Modules that were loaded for them stay.
func (k *Kernel) Unplug(devpath string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var kept []device
	for _, d := range k.devices {
		if d.Devpath != devpath {
			kept = append(kept, d)
			continue
		}
		k.send(uevent.Remove, d)
	}
	k.devices = kept
}

// Trigger sends an event about each device with the given Devpath, such as
// uevent.Change, as writing the action to the file "uevent" of a device does.
func (k *Kernel) Trigger(action, devpath string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range k.devices {
		if d.Devpath == devpath {
			k.send(action, d)
		}
	}
}

// Dev is the file system that the kernel mounts at /dev: an empty file for each device
// with a variable DEVNAME.
func (k *Kernel) Dev() fs.FS {
	root := &node{
		names: func() []string { return k.nodes().names() },
		child: func(name string) *node { return k.nodes().child(name) },
	}
	return filesystem{lock: &k.mu, root: root}
}

// nodes are the files in /dev. The lock is held.
func (k *Kernel) nodes() *node {
	top := newDeviceDir()
	for _, d := range k.devices {
		for _, v := range d.env {
			if v.Key == "DEVNAME" {
				top.at(strings.TrimPrefix(v.Value, "/dev/")).node = true
			}
		}
	}
	return top.files()
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
func deviceDirs(devices []device) *node {
	top := newDeviceDir()
	for _, d := range devices {
		path, below := strings.CutPrefix(d.Devpath, "/devices/")
		if !below {
			continue
		}
		top.at(path).device = &d
	}
	return top.files()
}

// deviceDir is a directory below /sys/devices or /dev.
type deviceDir struct {
	device *device // that the directory is for, nil for none
	node   bool    // it is a file instead
	below  map[string]*deviceDir
}

func newDeviceDir() *deviceDir { return &deviceDir{below: map[string]*deviceDir{}} }

// at returns the directory of a path below, which it makes if there is none.
func (d *deviceDir) at(path string) *deviceDir {
	for element := range strings.SplitSeq(path, "/") {
		next := d.below[element]
		if next == nil {
			next = newDeviceDir()
			d.below[element] = next
		}
		d = next
	}
	return d
}

// files shows the directory.
func (d *deviceDir) files() *node {
	if d.node {
		return file(func() string { return "" })
	}
	own := map[string]string{}
	if d.device != nil {
		own["uevent"] = d.device.uevent()
		if d.device.Modalias != "" {
			own["modalias"] = d.device.Modalias + "\n"
		}
	}
	return &node{
		names: func() []string { return append(slices.Collect(maps.Keys(d.below)), slices.Collect(maps.Keys(own))...) },
		child: func(name string) *node {
			if below := d.below[name]; below != nil {
				return below.files()
			}
			if text, found := own[name]; found {
				return file(func() string { return text })
			}
			return nil
		},
	}
}

// uevent is the file of that name: variables that the device's events have.
func (d *device) uevent() string {
	var b strings.Builder
	for _, v := range d.variables() {
		b.WriteString(v.Key + "=" + v.Value + "\n")
	}
	return b.String()
}

// variables are those that say what the device is.
func (d *device) variables() []uevent.Variable {
	list := slices.Clone(d.env)
	if d.Modalias != "" {
		list = append(list, uevent.Variable{Key: "MODALIAS", Value: d.Modalias})
	}
	return list
}
