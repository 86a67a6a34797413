package systest

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// sleepVariable makes a test binary wait for the end of its input.
const sleepVariable = "GOKMOD_SYSTEST_SLEEP"

func init() {
	if os.Getenv(sleepVariable) != "" {
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}
}

// ForeignNetwork returns the path of a network namespace that belongs to a user namespace
// of its own. It skips the test where there can be none.
func ForeignNetwork(tb testing.TB) (path string) {
	tb.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{sleepVariable + "=1"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNET, Pdeathsig: unix.SIGKILL}
	input, err := cmd.StdinPipe()
	if err == nil {
		runtime.LockOSThread() // the signal would come at the end of the thread
		defer runtime.UnlockOSThread()
		err = cmd.Start()
	}
	if err != nil {
		tb.Skip("there are no user namespaces: ", err)
	}
	tb.Cleanup(func() {
		input.Close()
		cmd.Wait()
	})
	return fmt.Sprintf("/proc/%d/ns/net", cmd.Process.Pid)
}

// InNetwork runs a function in another network namespace: that at path, or a new one for
// "". The error says why it could not.
func InNetwork(path string, do func()) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		if path == "" {
			err = unix.Unshare(unix.CLONE_NEWNET)
		} else {
			err = enterNetwork(path)
		}
		if err == nil {
			do()
		}
	}()
	<-done
	return err
}

// LoopbackUp sets the loopback interface of this network namespace up.
func LoopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}
