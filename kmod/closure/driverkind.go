package closure

import (
	"errors"
	"fmt"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/internal/modname"
)

// DriverKind is a kind of drivers that images mostly want all of. Which those
// are follows from the folders of the kernel's sources and from the classes of
// PCI and USB devices, so it is a choice on the generous side.
type DriverKind uint8

// The kinds of drivers.
const (
	// BlockDrivers are those of disks and of the controllers that they hang on.
	BlockDrivers DriverKind = iota + 1

	// FileSystems are the modules of file systems.
	FileSystems

	// NetworkDrivers are those of network cards.
	NetworkDrivers

	// InputDrivers are those of keyboards and what they hang on, such as USB
	// hosts.
	InputDrivers

	// CryptoAlgorithms are the modules that the kernel loads when an algorithm is
	// asked for by its name, by disk encryption for one.
	CryptoAlgorithms
)

var driverKindNames = [...]string{"", "block", "fs", "net", "input", "crypto"}

func (k DriverKind) String() string { return enum.Name(k, driverKindNames[:], "kind") }

// MarshalText gives the name of the kind: block, fs, net, input or crypto; nothing
// for none.
func (k DriverKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (k *DriverKind) UnmarshalText(text []byte) error {
	if enum.Parse(k, driverKindNames[:], text, "kind") != nil {
		return fmt.Errorf("%q: %w, which are block, fs, net, input, crypto", text, errDriverKind)
	}
	return nil
}

var errDriverKind = errors.New("it is none of the kinds of drivers")

// patterns returns the folders and aliases of a kind.
func (k DriverKind) patterns() (paths, aliases []string) {
	switch k {
	case BlockDrivers:
		return []string{
			"kernel/drivers/block", "kernel/drivers/nvme/host", "kernel/drivers/ata", "kernel/drivers/scsi", "kernel/drivers/ufs",
			"kernel/drivers/mmc", "kernel/drivers/memstick", "kernel/drivers/nvdimm", "kernel/drivers/message/fusion",
			"kernel/drivers/md", "kernel/drivers/mtd", "kernel/drivers/virtio", "kernel/drivers/usb/storage",
			"kernel/drivers/usb/host", "kernel/drivers/firewire", "kernel/drivers/pci/controller", "kernel/drivers/hv",
			"kernel/drivers/s390/block", "kernel/drivers/s390/scsi",
		}, []string{"block-major-*", "pci:*bc01*", "usb:*ic08*"}
	case FileSystems:
		return nil, []string{"fs-*"}
	case NetworkDrivers:
		return []string{"kernel/drivers/net", "kernel/drivers/s390/net"}, []string{"pci:*bc02*"}
	case InputDrivers:
		return []string{
			"kernel/drivers/hid", "kernel/drivers/input", "kernel/drivers/usb/host", "kernel/drivers/usb/common", "kernel/drivers/hv",
			"kernel/drivers/virtio", "kernel/drivers/i2c/busses", "kernel/drivers/pinctrl", "kernel/drivers/mfd/intel-lpss*",
		}, []string{"usb:*ic03*"}
	case CryptoAlgorithms:
		return nil, []string{"crypto-*"}
	}
	return nil, nil
}

// matchers makes matchers of the patterns, none of which need match anything: a
// kernel may have all such drivers built in or none.
func (k DriverKind) matchers() ([]*matcher, error) {
	if k == 0 {
		return nil, nil
	}
	paths, aliases := k.patterns()
	if paths == nil && aliases == nil {
		return nil, fmt.Errorf("%s: %w", k, errDriverKind)
	}
	of := "drivers:" + k.String()
	var list []*matcher
	for _, path := range paths {
		list = append(list, &matcher{path: path, of: of, quiet: true})
	}
	for _, alias := range aliases {
		list = append(list, &matcher{alias: modname.Normalize(alias), of: of, quiet: true})
	}
	return list, nil
}
