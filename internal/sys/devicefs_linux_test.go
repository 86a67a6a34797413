package sys

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestReadDevicesKnown: what is known of a file system makes no difference, whatever
// directories are there.
func TestReadDevicesKnown(t *testing.T) {
	top := plant(t, map[string]string{
		"uevent":                    "the top",
		"pci/uevent":                "bus",
		"pci/dev/modalias":          "a device",
		"pci/dev/power/modalias":    "not asked",
		"pci/dev/uevent":            "x",
		"pci/one/net/eth1/modalias": "below the only directory",
		"power/events/modalias":     "power of the top",
		"a/power/b/modalias":        "below power, where there is no device",
	})
	var walks [2]*deviceWalk
	for i := range walks {
		fd, err := openDir(unix.AT_FDCWD, top)
		if err != nil {
			t.Fatal(err)
		}
		walks[i] = newDeviceWalk(told)
		walks[i].whole = i > 0
		walks[i].run(fd)
		slices.SortFunc(walks[i].found, func(a, b DeviceText) int { return strings.Compare(a.Dir, b.Dir) })
	}
	a, b := walks[0], walks[1]
	if len(a.found) != 5 || a.err != nil || b.err != nil || !reflect.DeepEqual(a.found, b.found) {
		t.Errorf("without knowledge %v, %v\nwith it %v, %v", a.found, a.err, b.found, b.err)
	}
}

// TestOpenWithin: neither a link nor what is mounted counts as being of the same file system.
func TestOpenWithin(t *testing.T) {
	top, err := openDir(unix.AT_FDCWD, "/")
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(top)
	in := &deviceDir{fd: top, known: true}
	for name, known := range map[string]bool{"/proc": false, "/.": true} {
		dir, err := (&deviceWalk{}).open(in, name)
		if err != nil {
			t.Fatal(err)
		}
		if unix.Close(dir.fd); dir.known && !known {
			t.Errorf("%s is of the file system of /", name)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := unix.Symlink("/", link); err != nil {
		t.Fatal(err)
	}
	if fd, err := openWithin(unix.AT_FDCWD, link); err == nil {
		unix.Close(fd)
		t.Error("a link was followed")
	}
	if dir, err := (&deviceWalk{}).open(in, "/gokmod-none"); err == nil {
		unix.Close(dir.fd)
		t.Error("a directory that does not exist was opened")
	}
}
