package closure_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// realDBs opens the trees of the distribution's kernels that are in the cache.
func realDBs(t *testing.T) map[string]*kmod.DB {
	t.Helper()
	dbs := map[string]*kmod.DB{}
	for _, k := range vm.Cached() {
		dbs[k.Release] = dbtest.Open(t, &kmod.Config{Root: k.Dir, Release: k.Release})
	}
	if len(dbs) == 0 {
		kmodref.Absent(t, "there is no unpacked kernel")
	}
	return dbs
}

// TestDriverKindReal: drivers that images must not lack are of their kinds.
func TestDriverKindReal(t *testing.T) {
	if testing.Short() {
		t.Skip("reads real kernels")
	}
	for release, db := range realDBs(t) {
		for kind, names := range map[closure.DriverKind]string{
			closure.BlockDrivers: "nvme ahci ata_piix virtio_blk virtio_scsi virtio_pci usb_storage uas sd_mod sr_mod mmc_block sdhci_pci dm_mod dm_crypt " +
				"raid456 xen_blkfront hv_storvsc vmw_pvscsi mpt3sas mptspi firewire_sbp2 vmd loop nbd xhci_pci",
			closure.FileSystems:      "ext4 xfs btrfs vfat squashfs overlay nfs isofs",
			closure.NetworkDrivers:   "e1000e igb virtio_net r8169 bnxt_en mlx5_core iwlwifi hv_netvsc vmxnet3",
			closure.InputDrivers:     "usbhid hid_generic hid_multitouch xhci_pci hyperv_keyboard i2c_hid_acpi virtio_input evdev",
			closure.CryptoAlgorithms: "xts serpent_generic twofish_generic crc32c_generic",
		} {
			c, err := closure.Collect(context.Background(), db, &closure.Options{NoFirmware: true, Select: []closure.Selection{{Drivers: kind}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range strings.Fields(names) {
				m, err := db.Module(name)
				if err == nil && !m.Builtin && c.Module(name) == nil {
					t.Errorf("%s: %s is not one of the %s drivers", release, name, kind)
				}
			}
			t.Logf("%s: %d modules of the kind %s", release, len(c.Modules), kind)
		}
	}
}

// TestClosureReal: an image of some real modules leads to the same plans as the whole
// tree, for any request.
func TestClosureReal(t *testing.T) {
	if testing.Short() {
		t.Skip("reads real kernels")
	}
	for release, db := range realDBs(t) {
		t.Run(release, func(t *testing.T) {
			var all []string
			for m, err := range db.Modules() {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, m.Name)
			}
			r := rand.New(rand.NewPCG(5, 2))
			var names []string
			for range 60 {
				names = append(names, all[r.IntN(len(all))])
			}
			c, err := closure.Collect(context.Background(), db, &closure.Options{NoFirmware: true}, names...)
			if err != nil {
				t.Fatal(err)
			}
			image, err := c.FS(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			of := dbtest.Open(t, &kmod.Config{FS: image, Release: release})
			root := strings.TrimSuffix(db.Dir(), of.Dir())
			for _, m := range c.Modules {
				x, y := planLines(t, db, m.Name, root), planLines(t, of, m.Name, "")
				if !slices.Equal(x, y) {
					t.Errorf("the plan for %s is\n%s\nin the image\n%s", m.Name, strings.Join(x, "\n"), strings.Join(y, "\n"))
				}
			}
			t.Logf("%d names, %d modules", len(names), len(c.Modules))
		})
	}
}

// planLines are the sorted lines of a plan without the root.
func planLines(t *testing.T, db *kmod.DB, name, root string) []string {
	t.Helper()
	plan, err := db.Plan(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.ReplaceAll(plan.String(), root, ""), "\n")
	slices.Sort(lines)
	return lines
}
