// Package vm boots a real Linux kernel under QEMU, runs a Go program in
// it as the first process, and brings its output, its exit status and the
// kernel log back.
//
// The core does not depend on package testing: [Fetch] gets a kernel, [Run]
// boots it with a program, [Start] is the program's side. On top are thin
// wrappers for tests: [Kernels], [RunGuestTests], [Main], [RequireGuest].
//
// # What happens in a run
//
// The host writes an uncompressed newc cpio archive with the program as /init,
// the requested files and modules, and /vm.json with the arguments. In the
// guest, the kernel starts the program as process 1. There [Start] mounts the
// usual file systems, runs the same program once more as an ordinary child with
// the given arguments, and powers the machine off when the child has ended. A
// child that crashes, calls os.Exit or is killed therefore still yields a
// result.
// killed therefore still yields a result.
//
// # Channels
//
// The console, ttyS0, carries the kernel log. The second serial port, ttyS1,
// carries the child's output and, at the end, one line with a random token and
// the exit status as JSON. A run without that line has no result, and the
// kernel log then shows why.
//
// With Config.Monitor the host can change the machine while it runs, for
// example plug in a device, and [Signal] lets the guest say when: by a line of
// its output, which the host then reads as it arrives.
//
// # Other images
//
// [Boot] boots a kernel with any initial root file system, and returns the
// console's output until the machine stopped.
//
// # Kernels
//
// Kernels are packages of Debian or Ubuntu: those known to the machine's apt, or
// those of other suites and architectures in the same archive. They are fetched
// with apt-get and unpacked, never installed, into the gokmod directory of the
// user's cache, replacing older ones of the same series or suite. Beside the
// packed image is the ELF file from within it, because under emulation a boot
// without unpacking takes half the time.
//
// # In the tests of a package
//
//	func TestMain(m *testing.M) { vm.Main(m) }
//
//	func TestVM(t *testing.T) {
//		for _, k := range vm.Kernels(t) {
//			t.Run(k.Release, func(t *testing.T) {
//				vm.RunGuestTests(t, k, &vm.Config{Modules: []string{"dummy"}})
//			})
//		}
//	}
//
//	func TestGuestInsert(t *testing.T) {
//		vm.RequireGuest(t)
//		// runs as root in the guest, with dummy under /lib/modules
//	}
//
// # Environment
//
// GOKMOD_REQUIRE_VM=1 makes tests fail where they would skip because no virtual
// machine can be run. GOKMOD_KVM=1 uses KVM instead of emulation.
package vm
