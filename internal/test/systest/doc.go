// Package systest runs programs whose module system calls are answered by a
// test. It is for tests only: the program's init_module, finit_module and
// delete_module, and uname if requested, never reach the kernel but a function
// in the test, which sees the arguments as the kernel would and decides what
// the call returns. That takes milliseconds and works on kernels without
// modules.
//
// It uses seccomp user notification (seccomp_unotify(2), Linux 5.0), here on
// amd64 only. The program is started through the test binary itself, which
// installs the filter and then executes the program; an init function of this
// package does that, so no TestMain is needed. If the system does not permit
// it, and on other systems, Run skips the test, or fails it if the environment
// has GOKMOD_REQUIRE_SYSTEST=1.
//
// It also runs programs whose output goes to a terminal (OnTerminal), those at which the
// test types (Interactive), and programs in a container (Container) and in other network
// namespaces (InNetwork).
//
// Being for tests only, the package is exempt from two rules of this module: it
// uses unsafe, for two system calls that take structures, and it imports
// golang.org/x/sys/unix. Only _test.go files may import it.
package systest
