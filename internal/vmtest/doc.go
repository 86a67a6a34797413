// Package vmtest boots a real Linux kernel under QEMU, runs a Go program in
// it as the first process, and brings its output, its exit status and the
// kernel log back.
//
// The core has no tie to the testing package: [Fetch] gets a kernel, [Run]
// boots it with a program, [Start] is the program's side. On top stand thin
// wrappers for tests: [Kernels], [RunGuestTests], [Main], [RequireGuest].
//
// # What happens in a run
//
// The host writes an uncompressed newc cpio archive with the program as
// /init, the files and modules that were asked for, and /vmtest.json with the
// arguments. In the guest the program is started by the kernel as process 1.
// There [Start] mounts the usual file systems, runs the same program once
// more as an ordinary child with the given arguments, and powers the machine
// off when the child has ended. A child that crashes, calls os.Exit or is
// killed therefore still yields a result.
//
// # Channels
//
// The console, ttyS0, carries the kernel log. The second serial port, ttyS1,
// carries what the child printed and, last, one line with a random token and
// the exit status as JSON. A run without that line has no result, and the
// kernel log then says why.
//
// With Config.Monitor the host can change the machine while it runs, such as
// plug in a device, and [Signal] lets the guest say when: a line of its output,
// which the host then reads as it comes.
//
// # Images of one's own
//
// [Boot] boots a kernel with any initial root file system, and brings back what
// was on the console until the machine stopped.
//
// # Kernels
//
// Kernels are packages of Debian or Ubuntu, those that the machine's apt knows or
// those of other suites and architectures in the same archive. They are fetched
// with apt-get and unpacked, never installed, into the gokmod directory of the
// user's cache, in place of older ones of the same series or suite. Next to the
// packed image lies the ELF file from within it, because a boot without unpacking
// takes half as long under emulation.
//
// # In the tests of a package
//
//	func TestMain(m *testing.M) { vmtest.Main(m) }
//
//	func TestVM(t *testing.T) {
//		for _, k := range vmtest.Kernels(t) {
//			t.Run(k.Release, func(t *testing.T) {
//				vmtest.RunGuestTests(t, k, &vmtest.Config{Modules: []string{"dummy"}})
//			})
//		}
//	}
//
//	func TestGuestInsert(t *testing.T) {
//		vmtest.RequireGuest(t)
//		// runs as root in the guest, with dummy under /lib/modules
//	}
//
// # Environment
//
// GOKMOD_REQUIRE_VM=1 makes tests fail where they would skip because no
// virtual machine can be run. GOKMOD_KVM=1 uses KVM in place of emulation.
package vmtest
