package sys

import (
	"os"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/systest"
)

// TestDeaf: a network namespace hears of devices unless it belongs to a user namespace of
// its own; that it is not the initial one does not matter.
func TestDeaf(t *testing.T) {
	if user, err := os.Readlink("/proc/self/ns/user"); err != nil || !strings.Contains(user, "[4026531837]") {
		t.Skip("not in the initial user namespace: ", user, err)
	}
	if Deaf() {
		t.Error("this machine's network namespace is deaf")
	}
	for _, test := range []struct {
		name, path string
		deaf       bool
	}{{"new", "", false}, {"foreign", systest.ForeignNetwork(t), true}} {
		var deaf bool
		if err := systest.InNetwork(test.path, func() { deaf = Deaf() }); err != nil {
			t.Skip("no network namespaces: ", err)
		}
		if deaf != test.deaf {
			t.Errorf("%s network namespace: deaf is %v", test.name, deaf)
		}
	}
}

// TestOwner: what has no owner is an error.
func TestOwner(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if number, err := owner(f); err == nil {
		t.Errorf("%s belongs to user namespace %d", os.DevNull, number)
	}
}
