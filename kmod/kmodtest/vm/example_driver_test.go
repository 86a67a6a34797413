package vm_test

import (
	"os"
	"testing"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
	"github.com/gokmod/gokmod/kmod/live"
)

// TestGuestDriver is a test of a driver, as its author would write it: TestVM runs it
// in a guest, with the driver at /driver.ko. This one makes network interfaces that
// lead nowhere.
func TestGuestDriver(t *testing.T) {
	vm.RequireGuest(t)
	loader := kmod.NewLoader(nil, nil)
	if err := loader.Insert(t.Context(), "/driver.ko", "numdummies=2", 0); err != nil {
		t.Fatal(err)
	}
	driver, err := live.Open(nil, "dummy")
	if err != nil {
		t.Fatal(err)
	}
	if state, err := driver.Initstate(); state != live.StateLive {
		t.Errorf("state %v, %v", state, err)
	}
	if _, err := os.Stat("/sys/class/net/dummy1"); err != nil {
		t.Error(err)
	}
	if err := loader.Remove(t.Context(), "dummy", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/sys/class/net/dummy1"); err == nil {
		t.Error("the interface outlives its driver")
	}
}
