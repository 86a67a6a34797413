//go:build amd64 || arm64

package uevent

import (
	"fmt"
	"maps"
	"os"
	"testing"

	"github.com/gokmod/gokmod/internal/test/systest"
)

// TestPresentProgram is the program of TestPresentCalls.
func TestPresentProgram(t *testing.T) {
	dir := os.Getenv("PRESENT_TEST_DIR")
	if dir == "" {
		return
	}
	var found []Device
	var err error
	systest.Measured(func() { found, err = collect(PresentIn(dir)) })
	if err != nil || len(found) != 10 {
		t.Errorf("%d devices, %v", len(found), err)
	}
}

// TestPresentCalls counts the system calls for a tree of ten devices, in a file system
// whose directories need one call to be listed, as those of sysfs do: six for each.
func TestPresentCalls(t *testing.T) {
	dir := t.TempDir()
	for i := range 10 {
		device := fmt.Sprintf("%s/devices/bus/%d", dir, i)
		if err := os.MkdirAll(device+"/power", 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"modalias": "a:b\n", "uevent": "DRIVER=x\n"} {
			if err := os.WriteFile(device+"/"+name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	calls := systest.CallsOf(t, systest.Self("TestPresentProgram", "PRESENT_TEST_DIR="+dir))
	want := map[string]int{"openat": 11, "fstatfs": 1, "openat2": 11, "getdents64": 12, "read": 10, "close": 22}
	if len(calls) == 1 && calls[0]["openat2"] != 11 {
		t.Skipf("nothing is known of the file system, or there is no openat2: %v", calls[0])
	}
	if len(calls) != 1 || !maps.Equal(calls[0], want) {
		t.Errorf("the calls are %v, want %v", calls, want)
	}
}
