package main

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// TestMain lets the virtual machine of TestHello, which runs this test binary,
// play the program's part there.
func TestMain(m *testing.M) {
	vm.Start(func() int {
		if vm.InGuest() {
			return inGuest(&screen{os.Stdout})
		}
		return m.Run()
	})
}

// TestHello runs the whole program. Packages are installed for it only with
// GOKMOD_REQUIRE_VM=1, and then it fails if it cannot run.
func TestHello(t *testing.T) {
	m := thisMachine()
	if os.Getenv("GOKMOD_REQUIRE_VM") != "1" {
		skipUnlessReady(t, m)
	}
	var all bytes.Buffer
	s := &screen{io.MultiWriter(&all, t.Output())}
	if err := hello(t.Context(), s, m, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  author:      Shakespeare\n",
		"] " + greeting + "\n",
		"> loader.Remove(ctx, \"hello\", 0)\n  removed\n",
		"] " + farewell + "\n",
	} {
		if !bytes.Contains(all.Bytes(), []byte(want)) {
			t.Errorf("%q is not in the output", want)
		}
	}
}

// skipUnlessReady skips the test if something would have to be installed or
// downloaded.
func skipUnlessReady(t *testing.T, m *machine) {
	t.Helper()
	if testing.Short() {
		t.Skip("virtual machines are not run in short mode")
	}
	if m.system != "linux/amd64" {
		t.Skipf("virtual machines are run on linux/amd64 only, this is %s", m.system)
	}
	if readyKernel(m) == nil {
		t.Skipf("something is missing: run the program once as root, or set GOKMOD_REQUIRE_VM=1 to let this test install it%s",
			listNeeds(m.guestNeeds("")))
	}
}
