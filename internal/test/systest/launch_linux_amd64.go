package systest

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// launchVariable turns a test binary into a launcher. It holds a launch as
	// JSON.
	launchVariable = "GOKMOD_SYSTEST_LAUNCH"
	// launchSocket is the launcher's end of the socket to the supervisor. It
	// carries one message: the listener, or the reason why there is none.
	launchSocket = 3
	// launchFailed is the launcher's exit code if the program cannot be
	// started, as for a shell.
	launchFailed = 127
)

// launch is the part of a Command that the launcher needs.
type launch struct {
	Path   string
	Args   []string
	Env    []string
	Dir    string
	Chroot string
	Uname  bool
	Refuse map[string]syscall.Errno
}

// init turns the process into the program if it is a launcher. It runs on the
// main thread, and the filter only needs to be on the thread that executes the
// program, as all others end there.
func init() {
	text := os.Getenv(launchVariable)
	if text == "" {
		return
	}
	runtime.LockOSThread()
	var l launch
	err := json.Unmarshal([]byte(text), &l)
	if err == nil {
		err = l.start()
	}
	fmt.Fprintf(os.Stderr, "systest: %s cannot be started: %v\n", l.Path, err)
	os.Exit(launchFailed)
}

// start executes the program, so it only returns with an error.
func (l *launch) start() error {
	program, err := unix.Open(l.Path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if l.Path == "/proc/self/exe" {
		if l.Path, err = os.Executable(); err != nil {
			return err
		}
	}
	if l.Chroot != "" {
		if err := unix.Chroot(l.Chroot); err != nil {
			return report("chroot: " + err.Error())
		}
		if l.Dir == "" {
			l.Dir = "/"
		}
	}
	if l.Dir != "" {
		if err := unix.Chdir(l.Dir); err != nil {
			return err
		}
	}
	listener, err := install(filter(l.Uname, l.Refuse))
	if err != nil {
		return report("seccomp: " + err.Error())
	}
	if err := unix.Sendmsg(launchSocket, []byte{0}, unix.UnixRights(listener), nil, 0); err != nil {
		return err
	}
	unix.CloseOnExec(launchSocket)
	return l.exec(program)
}

// report tells the supervisor that there will be no listener.
func report(reason string) error {
	if err := unix.Sendmsg(launchSocket, []byte(reason), nil, nil, 0); err != nil {
		return err
	}
	return fmt.Errorf("%s", reason)
}

// exec executes the program, by its descriptor since its path may be out of
// reach.
func (l *launch) exec(program int) error {
	args := append([]string{l.Path}, l.Args...)
	if l.Chroot == "" {
		return syscall.Exec(l.Path, args, l.Env)
	}
	argv, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		return err
	}
	envv, err := syscall.SlicePtrFromStrings(l.Env)
	if err != nil {
		return err
	}
	var empty byte
	_, _, errno := unix.RawSyscall6(unix.SYS_EXECVEAT, uintptr(program), uintptr(unsafe.Pointer(&empty)),
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envv[0])), unix.AT_EMPTY_PATH, 0)
	return errno
}
