package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// renamedTree copies sr_mod and its dependencies to a root, with cdrom in a file
// called cdrom-current. It returns the root, that file, and the output of
// removing sr_mod with all of them.
func renamedTree(t *testing.T) (root, cdrom, removal string) {
	t.Helper()
	db, err := kmod.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	plan, err := db.Plan("sr_mod")
	if err != nil {
		t.Fatal(err)
	}
	removal = "rmmod sr_mod\nrmmod cdrom\nrmmod scsi_mod\n"
	root = t.TempDir()
	if err := os.MkdirAll(root+db.Dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"modules.order", "modules.builtin", "modules.builtin.modinfo"} { // depmod warns without
		if err := os.WriteFile(root+db.Dir()+"/"+name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range plan.Steps {
		path := root + s.Module.Path
		switch s.Module.Name {
		case "cdrom":
			path = strings.Replace(path, "/cdrom.ko", "/cdrom-current.ko", 1)
			cdrom = path
		case "scsi_common": // since 5.15
			removal += "rmmod scsi_common\n"
		}
		data, err := os.ReadFile(s.Module.Path)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root, cdrom, removal
}

// TestGuestOwnName: the real kernel knows cdrom-current.ko as cdrom.
func TestGuestOwnName(t *testing.T) {
	vm.RequireGuest(t)
	root, cdrom, removal := renamedTree(t)
	there := "modprobe: ERROR: could not insert 'cdrom_current': Module already in kernel\n= 1\n"
	for _, test := range []struct{ command, want string }{
		{"depmod -b ROOT", "= 0\n"},
		{"modprobe -d ROOT --first-time cdrom-current", "= 0\n"},
		{"modprobe -d ROOT cdrom-current", "= 0\n"},
		{"modprobe -d ROOT --first-time cdrom-current", there},
		{"modprobe -d ROOT -n -v cdrom-current", "= 0\n"},
		{"modprobe -d ROOT sr_mod", "= 0\n"},
		{"modprobe -d ROOT -r cdrom-current", "modprobe: FATAL: Module cdrom is in use.\n= 1\n"},
		{"modprobe -d ROOT -r -v sr_mod", removal + "= 0\n"},
		{"modprobe -d ROOT cdrom-current", "= 0\n"},
		{"insmod CDROM", "insmod: ERROR: could not insert module CDROM: File exists\n= 1\n"},
		{"rmmod CDROM", "= 0\n"},
		{"modprobe -d ROOT -r --first-time cdrom-current", "modprobe: FATAL: Module cdrom_current is not in kernel.\n= 1\n"},
	} {
		place := strings.NewReplacer("ROOT", root, "CDROM", cdrom)
		if got := runIn(oursInGuest, strings.Fields(place.Replace(test.command))); got != place.Replace(test.want) {
			t.Errorf("%s:\n%s\nwant:\n%s", test.command, got, test.want)
		}
	}
}
