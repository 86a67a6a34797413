package systest

import (
	"io"
	"os"
	"slices"
	"syscall"
	"testing"
)

// Command describes a program to run.
type Command struct {
	// Path is the program's file. It is opened before Chroot is entered, so it
	// is always a path as the test sees it. With Chroot it must not be a
	// script, and if it is dynamically linked, its libraries must be in there.
	Path string
	// Args are the arguments after the program's name.
	Args []string
	// Env is the environment. Nil means that of the test.
	Env []string
	// Dir is the working directory, inside Chroot if that is set. Empty means
	// the test's, or the root of Chroot.
	Dir string
	// Chroot is a directory that becomes the program's root. Without root's
	// privileges the test is skipped. Empty means none.
	Chroot string
	// Release is the kernel release that uname reports to the program. Empty
	// means the real one.
	Release string
	// Refuse has system calls that fail with an error, as with filters of
	// containers and with older kernels: "openat2".
	Refuse map[string]syscall.Errno
	// Stdin is the standard input. Nil means an empty one.
	Stdin io.Reader
}

// Handler answers a call: zero lets it succeed, anything else is its errno. It
// runs on the goroutine that called Run, one call after another, so it needs no
// locks and may use tb.Fatal. The program's thread waits meanwhile.
type Handler func(*Call) syscall.Errno

// Call is a system call of the program.
type Call struct {
	// Name is "init_module", "finit_module" or "delete_module".
	Name string
	// TID is the thread that makes the call.
	TID int
	// Params is the parameter string of init_module and finit_module.
	Params string
	// Flags is the last argument of finit_module and delete_module.
	Flags int
	// File is the path of finit_module's file as the test sees it, that is with
	// Chroot in front.
	File string
	// Image is what init_module would load. It is nil when larger than
	// MaxImage.
	Image []byte
	// ImageSize is the size of init_module's image in bytes.
	ImageSize uint64
	// Module is the name passed to delete_module.
	Module string
}

const (
	// MaxImage is the largest image that is read from the program, in bytes.
	MaxImage = 64 << 20
	// maxString is the longest string that is read from the program; the
	// kernel's own limit is a few pages.
	maxString = 1 << 20
)

// quickExit keeps the race detector from sleeping for a second at exit.
const quickExit = "GORACE=atexit_sleep_ms=0"

// Self returns a command that runs a single test of the running test binary.
// env is added to its environment, by which the test recognizes that it is the
// program. With Chroot this needs a statically linked test binary, which it is
// unless cgo is used (the race detector does).
func Self(test string, env ...string) Command {
	return Command{
		Path: "/proc/self/exe",
		Args: []string{"-test.run=^" + test + "$"},
		Env:  slices.Concat(os.Environ(), []string{quickExit}, env),
	}
}

// Run runs the program to its end and returns its output and its exit code,
// which is -1 if a signal ended it. Every module call is answered by handler;
// nil stands for a handler that answers EPERM. As with the kernel, a call with
// an unreadable argument fails with EFAULT and one with a closed descriptor
// with EBADF; the handler does not see those.
//
// Programs started by the program are treated the same way. A program for
// another architecture than amd64 is killed at its first system call.
func Run(tb testing.TB, command Command, handler Handler) (stdout, stderr []byte, exit int) {
	tb.Helper()
	if handler == nil {
		handler = func(*Call) syscall.Errno { return syscall.EPERM }
	}
	return run(tb, command, handler)
}

// unavailable skips the test, or fails it if skipping is not allowed.
func unavailable(tb testing.TB, reason string) {
	tb.Helper()
	if os.Getenv("GOKMOD_REQUIRE_SYSTEST") == "1" {
		tb.Fatalf("system calls cannot be intercepted here: %s", reason)
	}
	tb.Skipf("system calls cannot be intercepted here: %s", reason)
}

// CallsOf runs a program of Self to its end and returns how often it has made which
// system calls, in each of its uses of Measured. What Go's runtime calls for itself does
// not count. It needs neither root nor another program; where a process may not trace
// its children, the test is skipped.
func CallsOf(tb testing.TB, c Command) []map[string]int {
	tb.Helper()
	return callsOf(tb, c)
}
