package modinfo_test

import (
	"strings"
	"testing"

	"github.com/gokmod/gokmod/modinfo"
)

func TestParseDevice(t *testing.T) {
	const any = modinfo.Any
	for _, want := range []modinfo.Device{
		{Kind: modinfo.CharDevice, Alias: "char-major-10-250", Major: 10, Minor: 250},
		{Kind: modinfo.CharDevice, Alias: "char-major-116-*", Major: 116, Minor: any},
		{Kind: modinfo.CharDevice, Alias: "char-major-4", Major: 4, Minor: any},
		{Kind: modinfo.BlockDevice, Alias: "block-major-8-*", Major: 8, Minor: any},
		{Kind: modinfo.DeviceNode, Alias: "devname:net/tun", Name: "net/tun"},
		{Kind: modinfo.NetworkProtocol, Alias: "net-pf-38", Family: 38, Protocol: any},
		{Kind: modinfo.NetworkProtocol, Alias: "net-pf-2-proto-132", Family: 2, Protocol: 132},
		{Kind: modinfo.NetworkProtocol, Alias: "net-pf-10-proto-256-type-1", Family: 10, Protocol: 256, Type: "1"},
		{Kind: modinfo.NetworkProtocol, Alias: "net-pf-16-proto-4-type-2-132", Family: 16, Protocol: 4, Type: "2-132"},
		{Kind: modinfo.NetworkProtocol, Alias: "net-pf-16-proto-16-family-nl80211", Family: 16, Protocol: 16, Name: "nl80211"},
		{Kind: modinfo.NetworkDevice, Alias: "netdev-tunl0", Name: "tunl0"},
		{Kind: modinfo.NetworkLink, Alias: "rtnl-link-bridge", Name: "bridge"},
		{Kind: modinfo.Filesystem, Alias: "fs-xfs", Name: "xfs"},
		{Kind: modinfo.CryptoAlgorithm, Alias: "crypto-xts(aes)", Name: "xts(aes)"},
		{Kind: modinfo.BusDevice, Alias: "pci:v00008086d00001533sv*sd*bc*sc*i*", Name: "pci"},
		{Kind: modinfo.BusDevice, Alias: "acpi*:PNP0C0D:*", Name: "acpi"},
		{Kind: modinfo.BusDevice, Alias: "dmi*:svnFoo:*", Name: "dmi"},
		{Kind: modinfo.BusDevice, Alias: "of:N*T*Cti,tps6594", Name: "of"},
		{Kind: modinfo.BusDevice, Alias: "cpu:type:x86,ven0000fam0006mod*:feature:*", Name: "cpu"},
	} {
		if got, ok := modinfo.ParseDevice(want.Alias); !ok || got != want {
			t.Errorf("%s: %+v, %v", want.Alias, got, ok)
		}
	}
	for _, alias := range []string{
		"", "sha256", "ip_conntrack", "fs-", "char-major-", "char-major-x-1", "char-major-1-x", "block-major--1-0",
		"char-major-99999999999-1", "net-pf-", "net-pf-x", "net-pf-2-proto-", ":x", "*:x", "A b:x", "symbol:x", "netdev-", "ip_set_hash:ip",
	} {
		if got, ok := modinfo.ParseDevice(alias); ok || got != (modinfo.Device{}) {
			t.Errorf("%q is taken for a %v: %+v", alias, got.Kind, got)
		}
	}
}

// TestAliases: making an alias from numbers and names is the inverse of parsing
// it.
func TestAliases(t *testing.T) {
	for want, got := range map[string]string{
		"char-major-10-250":         modinfo.CharAlias(10, 250),
		"block-major-8-*":           modinfo.BlockAlias(8, modinfo.Any),
		"net-pf-38":                 modinfo.ProtocolAlias(38, modinfo.Any, ""),
		"net-pf-2-proto-132":        modinfo.ProtocolAlias(2, 132, ""),
		"net-pf-2-proto-256-type-1": modinfo.ProtocolAlias(2, 256, "1"),
		"netdev-tunl0":              modinfo.NetworkAlias("tunl0"),
		"rtnl-link-bridge":          modinfo.LinkAlias("bridge"),
		"fs-xfs":                    modinfo.FilesystemAlias("xfs"),
		"crypto-cbc(aes)":           modinfo.CryptoAlias("cbc(aes)"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if d, ok := modinfo.ParseDevice(got); !ok || d.Alias != want {
			t.Errorf("%q reads as %+v, %v", got, d, ok)
		}
	}
}

func TestDevices(t *testing.T) {
	info := &modinfo.Info{Fields: modinfo.Fields{
		{Key: "alias", Value: "fs-ext2"}, {Key: "license", Value: "GPL"}, {Key: "alias", Value: "ext2"}, {Key: "alias", Value: "usb:v*"},
	}}
	got := info.Devices()
	if len(got) != 2 || got[0].Name != "ext2" || got[0].Kind.String() != "file system" || got[1].Kind.String() != "bus device" {
		t.Errorf("%+v", got)
	}
	if kind := modinfo.DeviceKind(200).String(); kind != "unknown" {
		t.Errorf("the kind is %q", kind)
	}
}

// TestDeviceNumbers: numbers have 31 bits and nothing but digits, and may be left open.
func TestDeviceNumbers(t *testing.T) {
	const any = modinfo.Any
	for alias, want := range map[string][2]int{
		"char-major-0-0": {0, 0}, "char-major-2147483647-0": {1<<31 - 1, 0}, "char-major-1-2147483647": {1, 1<<31 - 1},
		"char-major-*-*": {any, any}, "char-major-*": {any, any}, "char-major-007-08": {7, 8}, "char-major-*-3": {any, 3},
	} {
		d, ok := modinfo.ParseDevice(alias)
		if !ok || d != (modinfo.Device{Kind: modinfo.CharDevice, Alias: alias, Major: want[0], Minor: want[1]}) {
			t.Errorf("%s: %+v, %v", alias, d, ok)
		}
		block := strings.Replace(alias, "char", "block", 1)
		d, ok = modinfo.ParseDevice(block)
		if !ok || d != (modinfo.Device{Kind: modinfo.BlockDevice, Alias: block, Major: want[0], Minor: want[1]}) {
			t.Errorf("%s: %+v, %v", block, d, ok)
		}
	}
	for _, alias := range []string{
		"char-major-2147483648", "char-major-1-2147483648", "char-major-1-", "char-major--1", "char-major-1-2-3",
		"char-major-+1-2", "char-major-1-0x2", "char-major- 1-2", "char-major-1-**", "block-major-1-2-*", "char-major-1_0-1",
		"net-pf-2147483648", "net-pf-2-proto-2147483648", "net-pf-2-proto", "net-pf--proto-1", "net-pf-2-type-1",
		"net-pf-x-proto-1", "net-pf-1-proto-x", "net-pf-1-proto--type-1", "net-pf-1-proto--family-x",
	} {
		if d, ok := modinfo.ParseDevice(alias); ok || d != (modinfo.Device{}) {
			t.Errorf("%s: %+v", alias, d)
		}
	}
	for alias, want := range map[string]modinfo.Device{
		"net-pf-*":                            {Family: any, Protocol: any},
		"net-pf-0-proto-0":                    {},
		"net-pf-2147483647-proto-2147483647":  {Family: 1<<31 - 1, Protocol: 1<<31 - 1},
		"net-pf-16-proto-*":                   {Family: 16, Protocol: any},
		"net-pf-16-proto-*-family-":           {Family: 16, Protocol: any},
		"net-pf-16-proto-5-family-a-family-b": {Family: 16, Protocol: 5, Name: "a-family-b"},
		"net-pf-16-proto-5-type-1-family-a":   {Family: 16, Protocol: 5, Type: "1", Name: "a"},
		"net-pf-16-proto-5-family-a-type-1":   {Family: 16, Protocol: 5, Name: "a-type-1"},
	} {
		want.Kind, want.Alias = modinfo.NetworkProtocol, alias
		if d, ok := modinfo.ParseDevice(alias); !ok || d != want {
			t.Errorf("%s: %+v, %v", alias, d, ok)
		}
	}
}

// TestBuses: the name of a bus is of small letters, digits and dashes, and ends with a
// colon, before which stars may be.
func TestBuses(t *testing.T) {
	for alias, want := range map[string]string{
		"pci:": "pci", "i2c:abc": "i2c", "acpi***:": "acpi", "a-z:x:y": "a-z", "0:9": "0", "symbols:x": "symbols",
		"PCI:x": "", "a_b:x": "", "a*b:x": "", "*:": "", ":": "", "": "", "pci": "", "symbol:": "", "symbol*:x": "",
		"é:x": "", "a.b:x": "", "*a:x": "",
	} {
		d, ok := modinfo.ParseDevice(alias)
		device := modinfo.Device{Kind: modinfo.BusDevice, Alias: alias, Name: want}
		if want == "" {
			device = modinfo.Device{}
		}
		if ok != (want != "") || d != device {
			t.Errorf("%q: %+v, %v", alias, d, ok)
		}
	}
}

// TestAliasNumbers: Any is a star wherever a number may be left open.
func TestAliasNumbers(t *testing.T) {
	const any = modinfo.Any
	for want, got := range map[string]string{
		"char-major-0-0": modinfo.CharAlias(0, 0), "char-major-*-*": modinfo.CharAlias(any, any),
		"block-major-259-1048575": modinfo.BlockAlias(259, 1048575), "net-pf-*": modinfo.ProtocolAlias(any, any, ""),
		"net-pf-0-proto-0": modinfo.ProtocolAlias(0, 0, ""), "net-pf-2-proto-*-type-1": modinfo.ProtocolAlias(2, any, "1"),
		"net-pf-1-proto-0-type-0": modinfo.ProtocolAlias(1, 0, "0"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if d, ok := modinfo.ParseDevice(got); !ok || d.Alias != want {
			t.Errorf("%q reads as %+v, %v", got, d, ok)
		}
	}
}
