// Package sys is the thin layer between this module and the operating system:
// inserting and removing kernel modules, the running kernel's release, and
// files mapped into memory. It is the only package that imports
// golang.org/x/sys/unix; reading /proc and /sys does not belong here.
//
// On systems other than Linux the package compiles, files are read instead of
// mapped, and everything else returns an error that wraps
// errors.ErrUnsupported.
//
// All functions are safe for concurrent use. The calls that enter the kernel
// may block for as long as a module's own init or exit function runs; they
// occupy one operating system thread meanwhile and cannot be cancelled.
//
// # Interrupted calls
//
// A call that ends with EINTR is repeated, up to 64 times, after which EINTR is
// returned. For most waits the kernel itself restarts the call, because the Go
// runtime installs its signal handlers with SA_RESTART, but a few places return
// a plain EINTR:
//
//   - init_module and finit_module while they wait for another process that
//     inserts the same file (kernel 6.11 and later). Nothing has been done for
//     this caller yet, so trying again is right. If the other process succeeded
//     in the meantime, the second try returns EEXIST where an undisturbed wait
//     would have returned success: EEXIST means that the module is inserted.
//   - delete_module while it waits for the lock on the list of modules, before
//     anything is done.
//   - reading the file, on file systems that allow interruption.
//   - a module's init function that returns EINTR. The kernel has unwound the
//     module by then, and trying again runs init again, just as the kernel's
//     own restart would. The number of tries is bounded because of modules
//     that always return it.
package sys
