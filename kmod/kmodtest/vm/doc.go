// Package vm runs the tests of a program, or of a driver, in a real Linux kernel: it
// boots one under QEMU with the test binary as its first process, and brings back the
// output, the exit status and the kernel log. Nothing is installed, and the machine that
// the tests run on is not touched.
//
// The tests of a driver, run by "go test" like any others:
//
//	func TestMain(m *testing.M) { vm.Main(m) }
//
//	func TestVM(t *testing.T) {
//		for _, k := range vm.Kernels(t) { // fetched from the distribution at the first time
//			vm.RunGuestTests(t, k, &vm.Config{Files: []vm.File{{Guest: "/driver.ko", Host: "driver.ko"}}})
//		}
//	}
//
//	func TestGuestDriver(t *testing.T) { // each TestGuest… is run in the guest
//		vm.RequireGuest(t)
//		loader := kmod.NewLoader(nil, nil)
//		… // insert /driver.ko, read /sys, remove it
//	}
//
// Each test of the guest is a sub-test of TestVM with its output and its time. Where
// there is no QEMU, TestVM skips with the reason. A boot takes some ten seconds, most of
// them emulation; tests that need no kernel are better off with package kmodtest, whose
// kernel is a value in memory.
//
// # Kernels
//
// [Fetch], and [Kernels] for tests, take packages of Debian or Ubuntu: those known to
// the machine's apt, or those of other suites and architectures in the same archive.
// They are fetched with apt-get and unpacked, never installed, into the gokmod
// directory of the user's cache, replacing older ones of the same series or suite.
// Beside the packed image is the ELF file from within it, because under emulation a
// boot without unpacking takes half the time.
//
// [KernelAt] takes a kernel of one's own: an image, and its module directory if it has
// one.
//
// # Other architectures
//
// There are virtual machines for amd64, 386, arm64, arm, riscv64, ppc64le and s390x, on
// every Linux that has QEMU's program for them, such as qemu-system-s390x. Everything
// works alike, and [RunGuestTests] builds the tests for the kernel's architecture:
//
//	vm.Kernels(t, "linux-image-s390x:s390x/trixie", "linux-image-armmp:armhf/trixie")
//
// The buses of these machines differ. A virtio device is virtio-rng-ccw on s390x, and
// virtio-rng-pci elsewhere. What can be plugged in later: any ccw device on s390x; PCI
// devices on amd64 and 386, and on arm64 if Config.QEMUArgs has a pcie-root-port, as its
// bus; USB devices on all that have a controller, such as qemu-xhci.
//
// # What is in a guest
//
// The host writes an uncompressed newc cpio archive with the program as /init,
// the requested files and modules, and /vm.json with the arguments. In the
// guest, the kernel starts the program as process 1. There [Start] mounts /proc, /sys,
// /dev, /tmp and /run, runs the same program once more as an ordinary child with
// the given arguments, and powers the machine off when the child has ended. A
// child that crashes, calls os.Exit or is killed therefore still yields a result.
// There is no network, and no other program but those that Config.Files brings.
//
// The console, ttyS0 on most machines, carries the kernel log. The second serial port,
// such as ttyS1, carries the child's output and, at the end, one line with a random token
// and the exit status as JSON. A run without that line has no result but a [GuestError],
// and the kernel log in it shows why. Of what a guest prints without end, the first and
// the last 16 MiB are kept.
//
// With Config.Monitor the host can change the machine while it runs, for
// example plug in a device, and [Signal] lets the guest say when: by a line of
// its output, which the host then reads as it arrives.
//
// # Without package testing
//
// [Run] boots a kernel with any program that calls [Start]. [Boot] boots a kernel with
// any initial root file system, and returns the console's output until the machine
// stopped.
//
// # Environment
//
// As these concern the machine that tests run on, they are not options:
// GOKMOD_REQUIRE_VM=1 makes tests fail where they would skip because no virtual
// machine can be run. GOKMOD_KVM=1 uses KVM instead of emulation.
package vm
