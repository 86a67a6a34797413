package vm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// InGuest reports whether this program runs in a guest that [Run] made.
func InGuest() bool {
	_, err := os.Stat(taskFile)
	return err == nil
}

// orphanDelay is how long to wait for the output of processes that outlive the
// child.
const orphanDelay = 2 * time.Second

// mounts are the file systems of a guest, in order. The kernel may lack an
// optional one.
var mounts = [...]struct {
	fstype, dir string
	optional    bool
}{
	{"proc", "/proc", false},
	{"sysfs", "/sys", false},
	{"devtmpfs", "/dev", false},
	{"tmpfs", "/tmp", false},
	{"tmpfs", "/run", false},
	{"securityfs", "/sys/kernel/security", true},
}

// supervise is process 1 of a guest. It does not return: it ends by powering
// off the machine or, if not even the result port works, by exiting, which
// makes the kernel panic and so informs the host.
func supervise() {
	err := mountAll()
	if err == nil {
		err = superviseChild()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "vm: process 1 of the guest gives up:", err)
		os.Exit(1)
	}
	syscall.Sync()
	err = syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
	fmt.Fprintln(os.Stderr, "vm: power off:", err)
	os.Exit(1)
}

func mountAll() error {
	for _, m := range mounts {
		err := syscall.Mount(m.fstype, m.dir, m.fstype, 0, "")
		if err != nil && !m.optional {
			return fmt.Errorf("mount %s: %w", m.dir, err)
		}
	}
	return nil
}

// superviseChild runs the child and reports how it ended. Closing the port
// waits until everything was sent, because no other process has it open.
func superviseChild() error {
	data, err := os.ReadFile(taskFile)
	if err != nil {
		return err
	}
	var t task
	if err := json.Unmarshal(data, &t); err != nil {
		return err
	}
	port, err := os.OpenFile(t.Port, os.O_WRONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	line, err := json.Marshal(runChild(t, port))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(port, "\n%s %s\n", t.Token, line); err != nil {
		return err
	}
	return port.Close()
}

// runChild runs the program again, with both outputs joined on the port. The
// port is hidden behind an io.Writer so that the child gets a pipe: then a
// program that floods or outlives its parent cannot keep the port busy.
func runChild(t task, port io.Writer) outcome {
	cmd := exec.Command(initFile, t.Args...)
	cmd.Env = append([]string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"TMPDIR=/tmp",
	}, t.Env...)
	cmd.Dir = "/"
	out := struct{ io.Writer }{port}
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = orphanDelay
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return outcome{Exit: cmd.ProcessState.ExitCode()}
	case errors.As(err, &exit):
		return outcome{Exit: exitStatus(exit.ProcessState)}
	}
	return outcome{Exit: 1, Error: err.Error()}
}

// exitStatus is the child's exit status as a shell would give it.
func exitStatus(p *os.ProcessState) int {
	if ws, ok := p.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return p.ExitCode()
}
