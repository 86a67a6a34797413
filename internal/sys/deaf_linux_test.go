package sys

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// sleeperVariable turns the test binary into a program that waits for its input to end.
const sleeperVariable = "GOKMOD_TEST_SLEEPER"

func init() {
	if os.Getenv(sleeperVariable) != "" {
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}
}

// namespaceOf returns a network namespace that belongs to a user namespace of its own.
func namespaceOf(t *testing.T) *os.File {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), sleeperVariable+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNET}
	input, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Skip("no user namespaces: ", err)
	}
	t.Cleanup(func() {
		input.Close()
		cmd.Wait()
	})
	f, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", cmd.Process.Pid))
	if err != nil {
		t.Skip("no access to the namespaces of a child: ", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// inThread runs a function in a thread that is not used again.
func inThread(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		do()
	}()
	<-done
}

// TestDeaf: a network namespace hears of devices unless it belongs to a user namespace of
// its own; that it is not the initial one does not matter.
func TestDeaf(t *testing.T) {
	if user, err := os.Readlink("/proc/self/ns/user"); err != nil || !strings.Contains(user, "[4026531837]") {
		t.Skip("not in the initial user namespace: ", user, err)
	}
	if Deaf() {
		t.Error("this machine's network namespace is deaf")
	}
	own := namespaceOf(t)
	var plain, joined bool
	var err error
	inThread(func() {
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			plain = Deaf()
		}
	})
	if err != nil {
		t.Skip("no network namespaces: ", err)
	}
	inThread(func() {
		if err = unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); err == nil {
			joined = Deaf()
		}
	})
	if plain || !joined || err != nil {
		t.Errorf("a namespace of one's own: %v, one of another user namespace: %v, %v", plain, joined, err)
	}
}

// TestOwner: what has no owner is an error.
func TestOwner(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if number, err := owner(f); err == nil {
		t.Errorf("%s belongs to user namespace %d", os.DevNull, number)
	}
}
