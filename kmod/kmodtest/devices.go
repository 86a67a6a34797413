package kmodtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod/uevent"
)

// deviceFolders is /sys/devices: the folders that lead to the devices, and in
// each of these the file modalias.
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
