package modinfo

import (
	"strconv"
	"strings"
)

// DeviceKind is a kind of device or service that a module provides.
type DeviceKind uint8

// The kinds of devices, each with the form of the aliases by which the kernel
// requests them.
const (
	CharDevice      DeviceKind = iota + 1 // char-major-MAJOR-MINOR
	BlockDevice                           // block-major-MAJOR-MINOR
	DeviceNode                            // devname:NAME, a node below /dev
	NetworkProtocol                       // net-pf-FAMILY, with -proto-PROTOCOL and -type-TYPE
	NetworkDevice                         // netdev-NAME, such as an interface tunl0
	NetworkLink                           // rtnl-link-NAME, a kind of virtual interface
	Filesystem                            // fs-NAME
	CryptoAlgorithm                       // crypto-NAME
	BusDevice                             // BUS:…, a device that a bus found
)

var deviceKinds = [...]string{
	"unknown", "char device", "block device", "device node", "network protocol", "network device",
	"network link", "file system", "crypto algorithm", "bus device",
}

// String names the kind, such as "char device".
func (k DeviceKind) String() string {
	if int(k) >= len(deviceKinds) {
		k = 0
	}
	return deviceKinds[k]
}

// Any stands for a number that an alias leaves open.
const Any = -1

// Device is what one alias says a module provides.
type Device struct {
	Kind DeviceKind

	// Alias is the alias as the module states it, usually a pattern.
	Alias string

	// Name is the name of the node, network device, kind of link, file system,
	// algorithm, or bus ("pci", "usb", "of", …); for a network protocol that of
	// a generic netlink family, such as "nl80211", or "".
	Name string

	// Major and Minor are the numbers of a char or block device, or Any. They
	// are 0 for other kinds.
	Major, Minor int

	// Family is the number of a network protocol's address family (AF_INET is
	// 2), Protocol its number in the family or Any, Type the part after
	// "-type-", or "". They are zero for other kinds.
	Family, Protocol int
	Type             string
}

// Devices returns what the module provides according to its aliases, in file
// order. Aliases that are other names, such as "sha256" or "ip_conntrack", are
// left out.
func (i *Info) Devices() []Device {
	var devices []Device
	for _, alias := range i.Aliases() {
		if d, ok := ParseDevice(alias); ok {
			devices = append(devices, d)
		}
	}
	return devices
}

// named are the kinds whose aliases are a prefix and a name.
var named = [...]struct {
	prefix string
	kind   DeviceKind
}{
	{"devname:", DeviceNode},
	{"netdev-", NetworkDevice},
	{"rtnl-link-", NetworkLink},
	{"fs-", Filesystem},
	{"crypto-", CryptoAlgorithm},
}

// ParseDevice parses an alias, and reports false for one that stands for no
// kind of device.
func ParseDevice(alias string) (Device, bool) {
	d, ok := parseDevice(alias)
	if !ok {
		return Device{}, false
	}
	return d, true
}

func parseDevice(alias string) (Device, bool) {
	for _, n := range named {
		if name, ok := strings.CutPrefix(alias, n.prefix); ok {
			return Device{Kind: n.kind, Alias: alias, Name: name}, name != ""
		}
	}
	if numbers, ok := strings.CutPrefix(alias, "char-major-"); ok {
		return parseNumbered(CharDevice, alias, numbers)
	}
	if numbers, ok := strings.CutPrefix(alias, "block-major-"); ok {
		return parseNumbered(BlockDevice, alias, numbers)
	}
	if rest, ok := strings.CutPrefix(alias, "net-pf-"); ok {
		return parseProtocol(alias, rest)
	}
	bus, _, ok := strings.Cut(alias, ":")
	bus = strings.TrimRight(bus, "*")
	return Device{Kind: BusDevice, Alias: alias, Name: bus}, ok && isBus(bus)
}

// parseNumbered parses "8-0", "8-*" or "8".
func parseNumbered(kind DeviceKind, alias, numbers string) (Device, bool) {
	d := Device{Kind: kind, Alias: alias, Minor: Any}
	major, minor, both := strings.Cut(numbers, "-")
	var ok bool
	if d.Major, ok = parseNumber(major); ok && both {
		d.Minor, ok = parseNumber(minor)
	}
	return d, ok
}

// parseProtocol parses the part after "net-pf-".
func parseProtocol(alias, rest string) (Device, bool) {
	d := Device{Kind: NetworkProtocol, Alias: alias, Protocol: Any}
	family, rest, more := strings.Cut(rest, "-proto-")
	var ok bool
	if d.Family, ok = parseNumber(family); !ok || !more {
		return d, ok
	}
	rest, d.Name, _ = strings.Cut(rest, "-family-")
	rest, d.Type, _ = strings.Cut(rest, "-type-")
	d.Protocol, ok = parseNumber(rest)
	return d, ok
}

// parseNumber parses a number, or Any from a star.
func parseNumber(s string) (int, bool) {
	if s == "*" {
		return Any, true
	}
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err == nil
}

// isBus reports whether a word can be the name of a bus. Words with an underscore
// are other names, as in "ip_set_hash:ip".
func isBus(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == "" && s != "symbol"
}

// CharAlias is the alias by which the kernel requests the driver of a char
// device, such as "char-major-10-250" when a node with these numbers is opened.
// Any stands for all minors: "char-major-13-*".
func CharAlias(major, minor int) string { return numbered("char-major-", major, minor) }

// BlockAlias is CharAlias for block devices, such as "block-major-8-*".
func BlockAlias(major, minor int) string { return numbered("block-major-", major, minor) }

func numbered(prefix string, major, minor int) string {
	return prefix + number(major) + "-" + number(minor)
}

func number(n int) string {
	if n == Any {
		return "*"
	}
	return strconv.Itoa(n)
}

// ProtocolAlias is the alias by which the kernel requests a network protocol
// when a socket is created: "net-pf-38" for a family alone (protocol Any and no
// typ), "net-pf-2-proto-132", or with a type "net-pf-2-proto-132-type-1".
func ProtocolAlias(family, protocol int, typ string) string {
	alias := "net-pf-" + number(family)
	if protocol == Any && typ == "" {
		return alias
	}
	alias += "-proto-" + number(protocol)
	if typ != "" {
		alias += "-type-" + typ
	}
	return alias
}

// NetworkAlias is the alias by which the kernel asks for a network device that a
// program names and that does not exist, such as "netdev-tunl0".
func NetworkAlias(name string) string { return "netdev-" + name }

// LinkAlias is the alias for a kind of virtual network interface, as in
// "ip link add type KIND", such as "rtnl-link-bridge".
func LinkAlias(kind string) string { return "rtnl-link-" + kind }

// FilesystemAlias is the alias by which mount(2) requests a file system, such as
// "fs-xfs".
func FilesystemAlias(name string) string { return "fs-" + name }

// CryptoAlias is the alias for an algorithm, by its name in the kernel's crypto
// API, such as "crypto-xts(aes)".
func CryptoAlias(name string) string { return "crypto-" + name }
