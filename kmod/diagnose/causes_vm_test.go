package diagnose_test

import (
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// TestMain runs the guest tests where the kernel started this program.
func TestMain(m *testing.M) { vm.Main(m) }

// causeModules are the modules that the guest tests break, load and remove.
var causeModules = []string{"dummy", "ifb", "mii", "cmac", "can_raw", "tun", keptOut}

// keptOut is the module that the guests' kernels keep out themselves.
const keptOut = "nbd"

// imageRoot is the root in the guests below which their kernel's image lies in boot.
const imageRoot = "/imaged"

// TestVMCauses checks what is said about every cause of a refusal, before the attempt and
// after it, in kernels from 6.1 to the newest.
func TestVMCauses(t *testing.T) {
	for _, k := range vm.Kernels(t, kernels.Linux61, kernels.Linux612, kernels.Newest) {
		t.Run(k.Release, func(t *testing.T) {
			vm.RunGuestTests(t, k, &vm.Config{
				Modules: causeModules,
				Files:   []vm.File{{Guest: imageRoot + "/boot/vmlinuz-" + k.Release, Host: k.Packed}},
				Cmdline: []string{"module_blacklist=" + keptOut},
				Timeout: 8 * time.Minute,
			})
		})
	}
}
