package main

import (
	"os"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
)

// clusterPolicy is the policy of the manifest, which .ci/kubernetes reads by the types of
// the API: here, the lines of the ConfigMap that are indented further.
func clusterPolicy(t *testing.T) *policy {
	t.Helper()
	text, err := os.ReadFile("kubernetes/ondemand.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n  policy: |\n")
	lines, _, ended := strings.Cut(rest, "\n---\n")
	if !found || !ended {
		t.Fatal("there is no policy")
	}
	p, err := parsePolicy("policy", strings.ReplaceAll(lines, "\n    ", "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestClusterPolicy: the manifest's policy means what its comments say.
func TestClusterPolicy(t *testing.T) {
	p := clusterPolicy(t)
	for alias, allowed := range map[string]bool{
		"pci:v00008086d00000953sv00008086sd00003709bc01sc08i02": true,
		"virtio:d00000001v00001AF4":                             true,
		"usb:v0627p0001d0000dc00dsc00dp00ic03isc01ip01in00":     true, // a keyboard
		"usb:v0584p0008d0102dc00dsc00dp00ic08isc06ip50in00":     false,
		"usb:v0BDAp8153d3000dcFFdscFFdpFFicFFiscFFip00in00":     false,
		"ieee1394:ven00000000mo00000000sp0000609Ever00010483":   false,
		"acpi:PNP0C0A:": true, "platform:pcspkr": true, "hid:b0003g0001v00000627p00000001": true,
	} {
		if err := p.alias(alias); (err == nil) != allowed {
			t.Errorf("%s: %v", alias, err)
		}
	}
	for path, allowed := range map[string]bool{
		"kernel/drivers/nvme/host/nvme.ko":       true,
		"kernel/drivers/nvme/host/nvme.ko.xz":    true,
		"kernel/drivers/hid/usbhid/usbhid.ko":    true,
		"updates/dkms/nvidia.ko.zst":             true,
		"kernel/sound/pci/hda/snd-hda-intel.ko":  false,
		"kernel/drivers/media/rc/rc-core.ko.zst": false,
		"kernel/drivers/bluetooth/btusb.ko":      false,
	} {
		if err := p.step("/m", &kmod.Step{Module: kmod.Module{Path: "/m/" + path}}); (err == nil) != allowed {
			t.Errorf("%s: %v", path, err)
		}
	}
}
