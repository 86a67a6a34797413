package systest

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// callerVariable turns this test binary into a program that makes system calls:
// it holds the name of one of callers.
const callerVariable = "GOKMOD_SYSTEST_CALLER"

// callerCommand returns the command for one of callers.
func callerCommand(name string) Command {
	command := Self("NoTest")
	command.Env = []string{callerVariable + "=" + name, quickExit}
	return command
}

func TestMain(m *testing.M) {
	if f := callers[os.Getenv(callerVariable)]; f != nil {
		f()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const badAddress = 16

// callers are programs that print the result of a call.
var callers = map[string]func(){
	"delete_module": func() { printErrno(unix.DeleteModule("dummy", unix.O_NONBLOCK)) },
	"init_module":   func() { printErrno(unix.InitModule([]byte("image"), "a=1 b=\"ü\"")) },
	"init_module empty": func() {
		printErrno(unix.InitModule(nil, ""))
	},
	"init_module huge": func() {
		printErrno(raw(unix.SYS_INIT_MODULE, address("image"), 1<<40, address("x\x00")))
	},
	"init_module bad image": func() {
		printErrno(raw(unix.SYS_INIT_MODULE, badAddress, 5, address("x\x00")))
	},
	"init_module bad parameters": func() {
		printErrno(raw(unix.SYS_INIT_MODULE, address("image"), 5, badAddress))
	},
	"init_module kernel address": func() {
		printErrno(raw(unix.SYS_INIT_MODULE, address("image"), 5, ^uintptr(0)&^4095))
	},
	"finit_module": func() {
		f := open("/proc/self/exe")
		printErrno(unix.FinitModule(int(f.Fd()), strings.Repeat("p", 10000), 7))
	},
	"finit_module closed": func() { printErrno(unix.FinitModule(99, "", 0)) },
	"finit_module high bits": func() {
		f := open("/proc/self/exe")
		printErrno(raw(unix.SYS_FINIT_MODULE, f.Fd()|5<<32, address("\x00"), 2|9<<32))
	},
	"where": func() {
		dir, err := os.Getwd()
		if err != nil {
			fmt.Println(err)
		}
		var u unix.Utsname
		unix.Uname(&u)
		fmt.Printf("%s %s ", dir, unix.ByteSliceToString(u.Release[:]))
		printErrno(unix.FinitModule(int(open("/sub/dummy.ko").Fd()), "", 0))
	},
	"openat2": func() {
		_, err := unix.Openat2(unix.AT_FDCWD, "/", &unix.OpenHow{})
		printErrno(err)
		printErrno(unix.DeleteModule("dummy", 0))
	},
	"uname bad address": func() { printErrno(raw(unix.SYS_UNAME, badAddress, 0, 0)) },
}

func open(path string) *os.File {
	f, err := os.Open(path)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	return f
}

func printErrno(err error) {
	errno, _ := err.(syscall.Errno)
	fmt.Printf("errno %d\n", int(errno))
}

// raw makes a call with the given numbers.
func raw(number, a, b, c uintptr) error {
	if _, _, errno := unix.Syscall(number, a, b, c); errno != 0 {
		return errno
	}
	return nil
}

// address returns the address of a constant, which does not move.
func address(constant string) uintptr {
	return uintptr(unsafe.Pointer(unsafe.StringData(constant)))
}

func TestCalls(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		caller string
		want   *Call
		errno  syscall.Errno // of calls without a want
	}{
		{"delete_module", &Call{Name: "delete_module", Module: "dummy", Flags: unix.O_NONBLOCK}, 0},
		{"init_module", &Call{Name: "init_module", Image: []byte("image"), ImageSize: 5, Params: "a=1 b=\"ü\""}, 0},
		{"init_module empty", &Call{Name: "init_module"}, 0},
		{"init_module huge", &Call{Name: "init_module", ImageSize: 1 << 40, Params: "x"}, 0},
		{"init_module bad image", nil, syscall.EFAULT},
		{"init_module bad parameters", nil, syscall.EFAULT},
		{"init_module kernel address", nil, syscall.EFAULT},
		{"finit_module", &Call{Name: "finit_module", File: exe, Params: strings.Repeat("p", 10000), Flags: 7}, 0},
		{"finit_module high bits", &Call{Name: "finit_module", File: exe, Flags: 2}, 0},
		{"finit_module closed", nil, syscall.EBADF},
	}
	for _, test := range tests {
		t.Run(test.caller, func(t *testing.T) {
			for _, errno := range []syscall.Errno{0, syscall.ENOENT, syscall.EKEYREJECTED} {
				var got []*Call
				stdout, stderr, exit := Run(t, callerCommand(test.caller), func(c *Call) syscall.Errno {
					got = append(got, c)
					return errno
				})
				if test.want == nil {
					errno = test.errno
				} else if len(got) == 1 {
					compare(t, got[0], test.want)
				}
				if want := fmt.Sprintf("errno %d\n", errno); string(stdout) != want || exit != 0 {
					t.Errorf("stdout %q, stderr %q, exit %d, want %q", stdout, stderr, exit, want)
				}
				if (len(got) == 1) != (test.want != nil) {
					t.Errorf("the handler saw %d calls", len(got))
				}
			}
		})
	}
}

func compare(t *testing.T, got, want *Call) {
	t.Helper()
	if got.TID <= 0 {
		t.Errorf("thread %d", got.TID)
	}
	g, w := *got, *want
	g.TID = 0
	if fmt.Sprintf("%+v", g) != fmt.Sprintf("%+v", w) {
		t.Errorf("call %+v, want %+v", g, w)
	}
}

func TestNilHandler(t *testing.T) {
	if stdout, _, _ := Run(t, callerCommand("delete_module"), nil); string(stdout) != "errno 1\n" {
		t.Errorf("stdout %q, want EPERM", stdout)
	}
}

// TestRefuse: a call fails with the given error, and the others work as before.
func TestRefuse(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOSYS, syscall.EPERM} {
		command := callerCommand("openat2")
		command.Refuse, command.Release = map[string]syscall.Errno{"openat2": errno}, "1.2"
		stdout, _, _ := Run(t, command, func(*Call) syscall.Errno { return syscall.EBUSY })
		if want := fmt.Sprintf("errno %d\nerrno %d\n", int(errno), int(syscall.EBUSY)); string(stdout) != want {
			t.Errorf("stdout %q, want %q", stdout, want)
		}
	}
}

func TestUnameBadAddress(t *testing.T) {
	command := callerCommand("uname bad address")
	command.Release = "1.2"
	if stdout, _, _ := Run(t, command, nil); string(stdout) != "errno 14\n" {
		t.Errorf("stdout %q, want EFAULT", stdout)
	}
}
