package sys

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// plant writes files below a new directory.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	top := t.TempDir()
	for name, text := range files {
		name = filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return top
}

// told is the text function of these tests.
func told(file string, content []byte) string {
	if len(content) == 0 {
		return ""
	}
	return file + "=" + string(content)
}

func TestReadDevices(t *testing.T) {
	top := plant(t, map[string]string{
		"modalias":          "top",
		"a/modalias":        "alias\n",
		"a/uevent":          "not asked",
		"a/power/uevent":    "settings",
		"b/uevent":          "two\nlines\n",
		"b/c/modalias":      strings.Repeat("x", maxDeviceFile),
		"b/d/modalias":      strings.Repeat("x", maxDeviceFile+1),
		"e/modalias":        "",
		"power/modalias":    "device",
		"f/modalias/uevent": "directory",
	})
	if err := unix.Mkfifo(filepath.Join(top, "b/modalias"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../a/modalias", filepath.Join(top, "f/uevent")); err != nil {
		t.Fatal(err)
	}
	got, err := ReadDevices(top, told)
	if err != nil {
		t.Fatal(err)
	}
	want := []DeviceText{
		{"", "modalias=top"}, {"/a", "modalias=alias\n"}, {"/b", "uevent=two\nlines\n"},
		{"/b/c", "modalias=" + strings.Repeat("x", maxDeviceFile)}, {"/f/modalias", "uevent=directory"}, {"/power", "modalias=device"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestReadDevicesMany walks more directories than one call of getdents64
// returns.
func TestReadDevicesMany(t *testing.T) {
	files := map[string]string{}
	for i := range 700 {
		files[fmt.Sprintf("device-with-a-long-name-%04d/below/modalias", i)] = fmt.Sprint("x", i)
	}
	top := plant(t, files)
	var mu sync.Mutex
	calls := 0
	got, err := ReadDevices(top, func(file string, content []byte) string {
		mu.Lock()
		defer mu.Unlock()
		calls++
		return string(content)
	})
	if err != nil || len(got) != 700 || calls != 700 {
		t.Fatalf("%d devices, %d calls, %v", len(got), calls, err)
	}
	for i, d := range got {
		if want := fmt.Sprint("x", i); d.Text != want {
			t.Fatalf("%s has %q, want %q", d.Dir, d.Text, want)
		}
	}
}

func TestReadDevicesFails(t *testing.T) {
	if _, err := ReadDevices(filepath.Join(t.TempDir(), "none"), told); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that does not exist: %v", err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/", link); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadDevices(link, told); err == nil {
		t.Error("a symbolic link was followed")
	}
	deep := plant(t, map[string]string{strings.Repeat("d/", maxDeviceDepth+1) + "modalias": "x"})
	if _, err := ReadDevices(deep, told); !errors.Is(err, ErrTooMany) {
		t.Errorf("a tree that is too deep: %v", err)
	}
}

// TestReadDevicesSkips tells errors of the process from those of a device.
func TestReadDevicesSkips(t *testing.T) {
	for err, fatal := range map[error]bool{
		unix.ENOENT: false, unix.ENODEV: false, unix.EACCES: false, unix.EIO: false,
		unix.EMFILE: true, unix.ENFILE: true, unix.ENOMEM: true,
	} {
		w := &deviceWalk{}
		newDeviceVisit(w).skip(err)
		if (w.err != nil) != fatal {
			t.Errorf("%v: %v", err, w.err)
		}
	}
}
