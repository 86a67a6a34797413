package uevent

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gokmod/gokmod/internal/sys"
)

// collect gathers the devices of a sequence, and its error.
func collect(seq iter.Seq2[Device, error]) (list []Device, err error) {
	for d, e := range seq {
		if e != nil {
			return list, e
		}
		list = append(list, d)
	}
	return list, nil
}

// tree is a small /sys.
func tree() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o444} }
	return fstest.MapFS{
		"devices/pci0/uevent":                           file(""),
		"devices/pci0/0000:00:01.0/modalias":            file("pci:v1\n"),
		"devices/pci0/0000:00:01.0/uevent":              file("DRIVER=x\nMODALIAS=pci:other\n"),
		"devices/pci0/0000:00:01.0/power/modalias":      file("pci:settings\n"),
		"devices/pci0/0000:00:01.0/virtio0/modalias":    file("virtio:d1\n"),
		"devices/pci0/0000:00:02.0/modalias":            file("pci:v2"),
		"devices/pci0/0000:00:02.0/uevent":              file(""),
		"devices/pci0/0000:00:03.0/modalias":            file("pci:v\x1b[2J\n"),
		"devices/pci0/0000:00:04.0/modalias":            file("two\nlines\n"),
		"devices/pci0/0000:00:05.0/modalias":            file(strings.Repeat("x", maxFile+1)),
		"devices/pci0/0000:00:06.0/modalias":            file("\n"),
		"devices/pci0/0000:00:07.0/modalias":            file(""),
		"devices/pci0/0000:00:08.0/modalias/nothing":    file("folder\n"),
		"devices/power/modalias":                        file("event:power\n"),
		"devices/system/cpu/cpu0/uevent":                file("DRIVER=processor\nMODALIAS=cpu:type:x86,ven0000\n"),
		"devices/virtual/aux.0/uevent":                  file("MODALIAS=auxiliary:a.b"),
		"devices/virtual/tty/tty0/uevent":               file("MAJOR=4\nXMODALIAS=no\nMODALIASX=no\n"),
		"devices/virtual/tty/tty1/uevent":               file("MODALIAS=a\x00b\n"),
		"bus/pci/devices/0000:00:09.0/modalias":         file("elsewhere\n"),
		"devices/pci0/0000:00:01.0/virtio0/uevent":      file("MODALIAS=virtio:d1\n"),
		"devices/pci0/0000:00:01.0/virtio0/net/eth0/up": file("modalias"),
	}
}

// treeDevices are the devices of tree.
func treeDevices() []Device {
	return []Device{
		{"/devices/pci0/0000:00:01.0", "pci:v1"},
		{"/devices/pci0/0000:00:01.0/virtio0", "virtio:d1"},
		{"/devices/pci0/0000:00:02.0", "pci:v2"},
		{"/devices/power", "event:power"},
		{"/devices/system/cpu/cpu0", "cpu:type:x86,ven0000"},
		{"/devices/virtual/aux.0", "auxiliary:a.b"},
	}
}

// write puts a tree on disk, with symbolic links that must be ignored.
func write(t *testing.T, fsys fs.FS) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPresent(t *testing.T) {
	t.Run("in memory", func(t *testing.T) {
		got, err := collect(Present(tree()))
		if err != nil || !reflect.DeepEqual(got, treeDevices()) {
			t.Errorf("devices %v, %v", got, err)
		}
	})
	t.Run("on disk", func(t *testing.T) {
		dir := write(t, tree())
		for _, link := range []string{"devices/virtual/loop", "devices/pci0/0000:00:02.0/subsystem"} {
			if err := os.Symlink("../..", filepath.Join(dir, link)); err != nil {
				t.Skip(err)
			}
		}
		if err := os.Symlink("../0000:00:01.0/modalias", filepath.Join(dir, "devices/pci0/modalias")); err != nil {
			t.Fatal(err)
		}
		got, err := collect(Present(os.DirFS(dir)))
		if err != nil || !reflect.DeepEqual(got, treeDevices()) {
			t.Errorf("devices %v, %v", got, err)
		}
		if runtime.GOOS != "linux" {
			return
		}
		got, err = collect(PresentIn(dir))
		if err != nil || !reflect.DeepEqual(got, treeDevices()) {
			t.Errorf("by system calls: devices %v, %v", got, err)
		}
	})
}

// TestPresentBothWays compares the results of package fs and of system calls on
// this machine.
func TestPresentBothWays(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /sys on this system")
	}
	var all [2][]Device
	for i, seq := range []iter.Seq2[Device, error]{Present(os.DirFS("/sys")), Present(nil)} {
		got, err := collect(seq)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = got
		slices.SortFunc(all[i], func(a, b Device) int { return strings.Compare(a.Devpath, b.Devpath) })
	}
	if !reflect.DeepEqual(all[0], all[1]) {
		t.Errorf("package fs finds\n%v\nsystem calls\n%v", all[0], all[1])
	}
}

func TestPresentStops(t *testing.T) {
	for name, seq := range map[string]iter.Seq2[Device, error]{
		"in memory": Present(tree()), "on disk": PresentIn(write(t, tree())),
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS != "linux" && name == "on disk" {
				t.Skip("takes Linux")
			}
			n := 0
			for _, err := range seq {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == 2 {
					break
				}
			}
			if n != 2 {
				t.Errorf("%d devices", n)
			}
		})
	}
}

func TestPresentWithoutDevices(t *testing.T) {
	if _, err := collect(Present(fstest.MapFS{"bus/x": {}})); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in memory: %v", err)
	}
	want := fs.ErrNotExist
	if runtime.GOOS != "linux" {
		want = errors.ErrUnsupported
	}
	if _, err := collect(PresentIn(t.TempDir())); !errors.Is(err, want) {
		t.Errorf("on disk: %v", err)
	}
}

// vanishing is a file system in which listed files are gone when they are
// opened.
type vanishing struct {
	fstest.MapFS
	gone func(name string) error
}

func (v vanishing) Open(name string) (fs.File, error) {
	if err := v.gone(name); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return v.MapFS.Open(name)
}

func (v vanishing) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := v.gone(name); err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return v.MapFS.ReadDir(name)
}

func TestPresentVanishing(t *testing.T) {
	gone := map[string]error{
		"devices/pci0/0000:00:01.0":          fs.ErrNotExist,
		"devices/pci0/0000:00:02.0/modalias": fs.ErrNotExist,
	}
	got, err := collect(Present(vanishing{tree(), func(name string) error { return gone[name] }}))
	if want := treeDevices()[3:]; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("devices %v, %v", got, err)
	}
}

// TestPresentWhileChanging walks a tree in which directories appear and vanish.
func TestPresentWhileChanging(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("takes Linux")
	}
	dir := write(t, tree())
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			device := filepath.Join(dir, "devices/pci0", fmt.Sprint("hot", i%8))
			if i%2 == 0 {
				os.MkdirAll(filepath.Join(device, "below"), 0o755)
				os.WriteFile(filepath.Join(device, "below/modalias"), []byte("usb:hot\n"), 0o644)
			} else {
				os.RemoveAll(filepath.Join(dir, "devices/pci0", fmt.Sprint("hot", (i-1)%8)))
			}
		}
	}()
	for range 200 {
		got, err := collect(PresentIn(dir))
		got = slices.DeleteFunc(got, func(d Device) bool { return d.Modalias == "usb:hot" })
		if err != nil || !reflect.DeepEqual(got, treeDevices()) {
			t.Errorf("devices %v, %v", got, err)
			break
		}
	}
	close(stop)
	<-stopped
}

func TestPresentTooDeep(t *testing.T) {
	deep := "devices" + strings.Repeat("/d", maxDepth+1)
	fsys := fstest.MapFS{deep + "/modalias": {Data: []byte("deep")}}
	if _, err := collect(Present(fsys)); !errors.Is(err, sys.ErrTooMany) {
		t.Errorf("in memory: %v", err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	if _, err := collect(PresentIn(write(t, fsys))); !errors.Is(err, sys.ErrTooMany) {
		t.Errorf("on disk: %v", err)
	}
	shallow := "devices" + strings.Repeat("/d", maxDepth)
	got, err := collect(PresentIn(write(t, fstest.MapFS{shallow + "/modalias": {Data: []byte("deep")}})))
	if err != nil || len(got) != 1 {
		t.Errorf("at the greatest depth: %v, %v", got, err)
	}
}

// BenchmarkPresent walks the devices of this machine, and a tree of 3,000
// devices on disk.
func BenchmarkPresent(b *testing.B) {
	big := b.TempDir()
	for i := range 3000 {
		dir := filepath.Join(big, "devices", fmt.Sprint("pci", i/100), fmt.Sprint(i))
		if err := os.MkdirAll(path.Join(dir, "power"), 0o755); err != nil {
			b.Fatal(err)
		}
		for name, text := range map[string]string{"uevent": "DRIVER=x\n", "modalias": fmt.Sprintf("pci:v%08X\n", i)} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, bench := range []struct{ name, dir string }{{"sys", "/sys"}, {"3000", big}} {
		b.Run(bench.name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				found, err := collect(PresentIn(bench.dir))
				if err != nil {
					b.Fatal(err)
				}
				n = len(found)
			}
			b.ReportMetric(float64(n), "devices")
		})
	}
}
