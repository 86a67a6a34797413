package closure

import (
	"errors"
	"fmt"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/internal/modname"
)

// DriverKind is a kind of drivers that images usually want all of. It selects by the
// directories of the kernel's sources and by the classes of PCI and USB devices, and
// rather too many drivers than too few.
type DriverKind uint8

// The kinds of drivers.
const (
	// BlockDrivers are the drivers of disks and of their controllers.
	BlockDrivers DriverKind = iota + 1

	// FileSystems are the modules of file systems.
	FileSystems

	// NetworkDrivers are the drivers of network cards.
	NetworkDrivers

	// InputDrivers are the drivers of keyboards and of what they are attached to,
	// such as USB host controllers.
	InputDrivers

	// CryptoAlgorithms are the modules that the kernel loads when something asks for
	// an algorithm by name, such as disk encryption.
	CryptoAlgorithms
)

var driverKindNames = [...]string{"", "block", "fs", "net", "input", "crypto"}

func (k DriverKind) String() string { return enum.Name(k, driverKindNames[:], "kind") }

// MarshalText returns the name of the kind: block, fs, net, input or crypto; nothing
// for the zero value.
func (k DriverKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (k *DriverKind) UnmarshalText(text []byte) error {
	if enum.Parse(k, driverKindNames[:], text, "kind") != nil {
		return fmt.Errorf("%q: %w, which are block, fs, net, input, crypto", text, errDriverKind)
	}
	return nil
}

var errDriverKind = errors.New("it is not one of the kinds of drivers")

// patterns returns the directories and aliases of a kind.
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

// matchers turns the patterns into matchers, none of which needs to match anything:
// a kernel may have all such drivers built in, or none.
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
