package closure_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/test/dbtest"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest"
)

// machine is a kernel with /proc and /sys of files.
type machine struct {
	*kmodtest.Kernel
	proc, sys fstest.MapFS
}

func (m *machine) Proc() fs.FS { return m.proc }
func (m *machine) Sys() fs.FS  { return m.sys }

// newMachine makes one of lines "NAME CONTENT" or "NAME -> TARGET", of which names
// begin with proc/ or sys/. It has these modules.
func newMachine(modules, lines string) *machine {
	m := &machine{kmodtest.New("6.1.0-test"), fstest.MapFS{}, fstest.MapFS{"devices": {Mode: fs.ModeDir | 0o755}}}
	var loaded string
	for name := range strings.FieldsSeq(modules) {
		name, holders, _ := strings.Cut(name, "=")
		if holders != "" {
			holders += ","
		}
		loaded += name + " 4096 0 " + "-"[min(len(holders), 1):] + holders + " Live 0x0\n"
	}
	m.proc["modules"] = &fstest.MapFile{Data: []byte(loaded), Mode: 0o444}
	for line := range strings.Lines(lines) {
		name, content, _ := strings.Cut(strings.TrimSpace(line), " ")
		file := &fstest.MapFile{Data: []byte(strings.ReplaceAll(content, "|", "\n") + "\n"), Mode: 0o444}
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			file = &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink | 0o777}
		}
		if rest, ok := strings.CutPrefix(name, "proc/"); ok {
			m.proc[rest] = file
		} else if rest, ok := strings.CutPrefix(name, "sys/"); ok {
			m.sys[rest] = file
		}
	}
	return m
}

// machineTree has what machines of the tests may need.
func machineTree() *kmodtest.Tree {
	return &kmodtest.Tree{Modules: []kmodtest.Module{
		{Name: "ext4", Aliases: []string{"fs-ext4"}, Softdeps: []string{"pre: crc32c crc-built-in"}, Weakdeps: []string{"helper"}},
		{Name: "btrfs", Aliases: []string{"fs-btrfs"}}, {Name: "fuse", Aliases: []string{"fs-fuseblk"}},
		{Name: "crc-fast", Aliases: []string{"crc32c"}}, {Name: "crc-slow", Aliases: []string{"crc32c"}}, {Name: "helper"},
		{Name: "crc-built-in", Aliases: []string{"crc32c"}, Builtin: true},
		{Name: "sd-mod", Aliases: []string{"scsi:t-0x00*", "block-major-8-*"}},
		{Name: "ahci", Aliases: []string{"pci:v00008086*"}}, {Name: "odd-driver"}, {Name: "idle-driver"},
		{Name: "dm-mod"}, {Name: "dm-crypt", Depends: []string{"dm-mod"}}, {Name: "dm-verity"}, {Name: "dm-integrity"},
		{Name: "dm-thin-pool", Depends: []string{"dm-mod"}}, {Name: "algif-skcipher"},
		{Name: "aes-ni", Aliases: []string{"crypto-aes"}}, {Name: "aes-generic", Aliases: []string{"crypto-aes"}},
		{Name: "xts", Aliases: []string{"crypto-xts"}}, {Name: "sha-generic", Aliases: []string{"crypto-sha256"}}, {Name: "sha-ssse3", Aliases: []string{"crypto-sha256"}},
		{Name: "serpent"}, {Name: "raid1", Aliases: []string{"md-raid1"}}, {Name: "md-mod", Aliases: []string{"block-major-9-*"}},
		{Name: "bcache"}, {Name: "loop", Aliases: []string{"block-major-7-*"}},
	}}
}

// disk are the lines of a disk with a partition.
const disk = `
sys/devices/pci0/modalias pci:v00008086d00002922sv1sd1bc01sc06i01
sys/devices/pci0/target0/modalias scsi:t-0x00
sys/devices/pci0/target0/block/sda/dev 8:0
sys/devices/pci0/target0/block/sda/uevent DEVNAME=sda
sys/devices/pci0/target0/block/sda/sda1/dev 8:1
sys/devices/pci0/target0/block/sda/sda1/partition 1
sys/devices/pci0/target0/block/sda/sda1/uevent MAJOR=8|MINOR=1|DEVNAME=sda1
sys/class/block/sda -> ../../devices/pci0/target0/block/sda
sys/class/block/sda1 -> ../../devices/pci0/target0/block/sda/sda1
sys/block/sda -> ../devices/pci0/target0/block/sda
sys/dev/block/8:1 -> ../../devices/pci0/target0/block/sda/sda1
`

// mapper are those of a device of device-mapper on the partition.
const mapper = disk + `
sys/devices/virtual/block/dm-0/dev 254:0
sys/devices/virtual/block/dm-0/uevent DEVNAME=dm-0
sys/devices/virtual/block/dm-0/dm/name root
sys/devices/virtual/block/dm-0/slaves/sda1 -> ../../../../pci0/target0/block/sda/sda1
sys/class/block/dm-0 -> ../../devices/virtual/block/dm-0
sys/dev/block/254:0 -> ../../devices/virtual/block/dm-0
proc/self/mountinfo 22 1 254:0 / / rw shared:1 - ext4 /dev/mapper/root rw
sys/devices/virtual/block/dm-0/dm/uuid `

func TestMachine(t *testing.T) {
	none := closure.Machine{NoDevices: true}
	tests := []struct {
		name           string
		machine        closure.Machine
		modules, files string
		want, warnings string
	}{
		{"devices and root", closure.Machine{}, "ext4 ahci sd_mod odd_driver idle_driver crc_fast", disk + `
proc/self/mountinfo 22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw
sys/module/odd_driver/drivers/platform:odd:er -> ../../../bus/platform/drivers/odd
sys/bus/platform/drivers/odd:er/bind x
sys/bus/platform/drivers/odd:er/dev0 -> ../../../../devices/dev0
sys/module/idle_driver/drivers/platform:idle -> ../../../bus/platform/drivers/idle
sys/bus/platform/drivers/idle/bind x
sys/bus/platform/drivers/idle/module -> ../../../../module/idle_driver
`, "ahci=pci:v00008086d00002922sv1sd1bc01sc06i01 sd_mod=scsi:t-0x00,machine:block:sda1,machine:block:sda " +
			"odd_driver=machine:bound crc_fast<ext4 crc_built_in<ext4 ext4=machine:mount:/", ""},
		{"only what is used", none, "helper", "proc/self/mountinfo 22 1 0:5 / / rw - ext4 none rw",
			"crc_fast<ext4 crc_slow<ext4 crc_built_in<ext4 ext4=machine:mount:/ helper<ext4", ""},
		{"all that is soft", closure.Machine{NoDevices: true, AllSoftdeps: true}, "", "proc/self/mountinfo 22 1 0:5 / / rw - ext4 none rw",
			"crc_fast<ext4 crc_slow<ext4 crc_built_in<ext4 ext4=machine:mount:/ helper<ext4", ""},
		{"no mounts", closure.Machine{Mounts: []string{}}, "", disk,
			"ahci=pci:v00008086d00002922sv1sd1bc01sc06i01 sd_mod=scsi:t-0x00", ""},
		{"another process", closure.Machine{NoDevices: true, Pid: 1}, "", `
proc/self/mountinfo 22 1 0:5 / / rw - ext4 none rw
proc/1/mountinfo 22 1 0:5 / / rw - fuseblk none rw`, "fuse=machine:mount:/", ""},
		{"other mounts", closure.Machine{NoDevices: true, Mounts: []string{"/srv/a b/c", "srv/../usr/bin/"}}, "", `
proc/self/mountinfo 22 1 0:5 / / rw - ext4 none rw|23 22 0:6 / /srv/a\040b rw - btrfs none rw|24 22 0:7 / /usr rw - fuseblk none rw|25 22 0:7 / /usr/binary rw - ext4 x rw`,
			"btrfs=machine:mount:/srv/a b fuse=machine:mount:/usr", ""},
		{"usr of its own, and the later mount", none, "", `
proc/self/mountinfo 22 1 0:5 / / rw - ext4 none rw|23 22 0:6 / / rw - btrfs none rw|24 22 0:7 / /usr rw - fuseblk none rw`,
			"btrfs=machine:mount:/ fuse=machine:mount:/usr", ""},
		{"encrypted", none, "dm_mod=dm_crypt,dm_thin_pool dm_crypt aes_ni serpent idle_driver", mapper + `CRYPT-LUKS2-0123-root
proc/crypto name : x|driver : y|module       : serpent|x: module|module : kernel|module : odd-driver`,
			"crc_fast<ext4 crc_slow<ext4 crc_built_in<ext4 ext4=machine:mount:/ dm_mod=machine:block:dm-0,- dm_crypt=machine:block:dm-0 algif_skcipher=machine:block:dm-0 " +
				"aes_ni=machine:block:dm-0 sha_generic=machine:block:dm-0 sha_ssse3=machine:block:dm-0 xts=machine:block:dm-0 serpent=machine:block:dm-0 " +
				"sd_mod=machine:block:sda1,machine:block:sda", ""},
		{"verified", none, "dm_mod=dm_crypt sha_ssse3", mapper + `CRYPT-VERITY-0123-root`,
			"crc_fast<ext4 crc_slow<ext4 crc_built_in<ext4 ext4=machine:mount:/ dm_mod=machine:block:dm-0 dm_verity=machine:block:dm-0 " +
				"sha_ssse3=machine:block:dm-0 sd_mod=machine:block:sda1,machine:block:sda", ""},
		{"with checksums", none, "dm_mod sha_ssse3", mapper + `CRYPT-SUBDEV-0123-root`,
			"crc_fast<ext4 crc_slow<ext4 crc_built_in<ext4 ext4=machine:mount:/ dm_mod=machine:block:dm-0 dm_integrity=machine:block:dm-0 " +
				"sha_ssse3=machine:block:dm-0 sd_mod=machine:block:sda1,machine:block:sda", ""},
		{"volumes", none, "dm_mod=dm_thin_pool aes_ni", mapper + `LVM-0123`,
			"crc_fast<ext4 crc_slow<ext4 crc_built_in<ext4 ext4=machine:mount:/ dm_mod=machine:block:dm-0,- dm_thin_pool=machine:block:dm-0 " +
				"sd_mod=machine:block:sda1,machine:block:sda", ""},
		{"btrfs on two devices by the name in the mapper", none, "dm_mod", mapper + `LVM-0123
proc/self/mountinfo 22 1 0:30 /@ / rw - btrfs /dev/mapper/root rw
sys/fs/btrfs/0000/devices/other -> ../../../../devices/other
sys/fs/btrfs/features/x 1
sys/fs/btrfs/0123/devices/dm-0 -> ../../../../devices/virtual/block/dm-0
sys/fs/btrfs/0123/devices/md127p1 -> ../../../../devices/virtual/block/md127/md127p1
sys/devices/virtual/block/md127/dev 9:127
sys/devices/virtual/block/md127/md/level raid1
sys/devices/virtual/block/md127/bcache/x y
sys/devices/virtual/block/md127/md127p1/partition 1
sys/devices/virtual/block/md127/md127p1/dev 259:1
sys/class/block/md127 -> ../../devices/virtual/block/md127
sys/class/block/md127p1 -> ../../devices/virtual/block/md127/md127p1
sys/block/md127 -> ../devices/virtual/block/md127`,
			"btrfs=machine:mount:/ dm_mod=machine:block:dm-0 sd_mod=machine:block:sda1,machine:block:sda " +
				"md_mod=machine:block:md127 raid1=machine:block:md127 bcache=machine:block:md127", ""},
		{"a file, and a circle", none, "", `
proc/self/mountinfo 22 1 7:0 / / rw - ext4 /dev/loop0 rw
sys/devices/virtual/block/loop0/dev 7:0
sys/devices/virtual/block/loop0/uevent DEVNAME=loop0
sys/devices/virtual/block/loop0/loop/backing_file /image
sys/devices/virtual/block/loop0/slaves/loop0 -> ..
sys/devices/virtual/block/loop0/slaves/gone -> ..
sys/class/block/loop0 -> ../../devices/virtual/block/loop0
sys/dev/block/7:0 -> ../../devices/virtual/block/loop0`,
			"crc_fast<ext4 crc_slow<ext4 crc_built_in<ext4 ext4=machine:mount:/ loop=machine:block:loop0", "machine:machine:block:loop0 machine:machine:block:gone"},
		{"unknown things", none, "weird", `
proc/self/mountinfo 22 1 0:5 / / rw - weird.sub /dev/nothing rw
proc/filesystems nodev weird`, "", "machine:machine:mount:/ machine:machine:mount:/"},
		{"built in", none, "", `
proc/self/mountinfo 22 1 0:5 / / rw - rootfs rootfs rw
proc/filesystems nodev rootfs`, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.machine.Kernel = newMachine(test.modules, test.files)
			c, err := closure.Collect(t.Context(), dbtest.Tree(t, machineTree(), "", nil), &closure.Options{Machine: &test.machine})
			if err != nil {
				t.Fatal(err)
			}
			if got := because(c); got != test.want {
				t.Errorf("got\n%s, want\n%s", got, test.want)
			}
			if got := warnings(c); got != test.warnings {
				t.Errorf("warnings %s, want %s", got, test.warnings)
			}
		})
	}
}

// because returns the modules with what they are requested as, "-" for another reason.
func because(c *closure.Closure) string {
	var all []string
	for _, m := range c.Modules {
		var of []string
		for _, r := range m.Reasons {
			if r.Kind == kmod.ReasonRequested {
				of = append(of, r.Of)
			} else if len(m.Reasons) > 1 {
				of = append(of, "-")
			}
		}
		if len(of) > 0 {
			all = append(all, m.Name+"="+strings.Join(slices.Compact(of), ","))
		} else {
			all = append(all, m.Name+"<"+m.Reasons[0].Of)
		}
	}
	return strings.Join(all, " ")
}

// TestMachineErrors: what must be there and is not, is an error.
func TestMachineErrors(t *testing.T) {
	whole := newMachine("", disk+"proc/self/mountinfo 22 1 8:1 / / rw - ext4 /dev/sda1 rw")
	for name, spoil := range map[string]func(m *machine){
		"mountinfo: file does not exist":  func(m *machine) { delete(m.proc, "self/mountinfo") },
		"read self/mountinfo: line 1":     func(m *machine) { m.proc["self/mountinfo"] = &fstest.MapFile{Data: []byte("22 1 8:1 / - ext4")} },
		"find the file system of /: file": func(m *machine) { m.proc["self/mountinfo"] = &fstest.MapFile{} },
		"read the devices: open devices":  func(m *machine) { clear(m.sys) },
		"modules":                         func(m *machine) { m.proc["modules"] = &fstest.MapFile{Data: []byte("broken\n")} },
		"":                                func(m *machine) {},
	} {
		m := &machine{whole.Kernel, maps.Clone(whole.proc), maps.Clone(whole.sys)}
		spoil(m)
		c, err := closure.Collect(t.Context(), dbtest.Tree(t, machineTree(), "", nil), &closure.Options{Machine: &closure.Machine{Kernel: m}})
		if name == "" {
			if err != nil || len(c.Modules) == 0 {
				t.Errorf("the whole one: %v", err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "collect what the machine needs: ") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(name, "file does") && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: it is %v", name, err)
		}
	}
}

// TestMachineFilter: the caller's filter counts as well.
func TestMachineFilter(t *testing.T) {
	m := newMachine("crc_fast helper", disk+"proc/self/mountinfo 22 1 8:1 / / rw - ext4 /dev/sda1 rw")
	c, err := closure.Collect(t.Context(), dbtest.Tree(t, machineTree(), "", nil), &closure.Options{
		Machine: &closure.Machine{Kernel: m},
		Keep:    func(m kmod.Module, _ kmod.Reason) bool { return m.Name != "ahci" && m.Name != "helper" },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := words(c); got != "sd_mod pre:crc_fast? pre:crc_built_in=? ext4" || warnings(c) != "" {
		t.Errorf("got %s, %s", got, warnings(c))
	}
}

// TestMachineHostile: what a device claims to lie on is not followed without end.
func TestMachineHostile(t *testing.T) {
	m := newMachine("", "proc/self/mountinfo 22 1 8:1 / / rw - ext4 /dev/d0 rw\nsys/dev/block/8:1/uevent DEVNAME=d0")
	for i := range 600 {
		m.sys[fmt.Sprintf("class/block/d%d/dev", i)] = &fstest.MapFile{Data: []byte("9:0")}
		m.sys[fmt.Sprintf("class/block/d%d/slaves/d%d", i, i+1)] = &fstest.MapFile{}
	}
	c, err := closure.Collect(t.Context(), dbtest.Tree(t, machineTree(), "", nil),
		&closure.Options{Machine: &closure.Machine{Kernel: m, NoDevices: true}})
	if err != nil {
		t.Fatal(err)
	}
	if got := warnings(c); got != "machine:machine:mount:/" ||
		!strings.Contains(c.String(), "warning: machine:mount:/: it lies on too many block devices\n") {
		t.Errorf("warnings %s", got)
	}
	if mod := c.Module("md-mod"); mod == nil || len(mod.Reasons) != 512 {
		t.Errorf("got %v", mod)
	}
}
