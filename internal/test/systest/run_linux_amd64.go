package systest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

func run(tb testing.TB, c Command, handler Handler) (stdout, stderr []byte, exit int) {
	tb.Helper()
	if c.Chroot != "" && os.Geteuid() != 0 {
		unavailable(tb, "only root can change the root directory")
	}
	ours, theirs := socketPair(tb)
	defer ours.Close()
	var out, errOut bytes.Buffer
	cmd := c.launcher(tb)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	cmd.ExtraFiles = []*os.File{theirs}
	err := cmd.Start()
	theirs.Close()
	if err != nil {
		tb.Fatalf("the launcher cannot be started: %v", err)
	}
	ended := make(chan struct{})
	endedRead, endedWrite := pipe(tb)
	go func() {
		cmd.Wait()
		endedWrite.Close()
		close(ended)
	}()
	// Even if the handler ends the test.
	defer func() {
		cmd.Process.Kill()
		<-ended
		endedRead.Close()
	}()
	listener := receiveListener(tb, ours)
	if listener != nil {
		defer listener.Close()
		s := supervisor{tb: tb, listener: int(listener.Fd()), release: c.Release, handler: handler}
		s.serve(int(endedRead.Fd()))
	}
	<-ended
	return out.Bytes(), errOut.Bytes(), cmd.ProcessState.ExitCode()
}

// launcher returns the test binary as the launcher of c.
func (c *Command) launcher(tb testing.TB) *exec.Cmd {
	tb.Helper()
	l := launch{Path: c.Path, Args: c.Args, Env: c.Env, Dir: c.Dir, Chroot: c.Chroot, Uname: c.Release != "",
		Refuse: c.Refuse}
	if l.Env == nil {
		l.Env = os.Environ()
	}
	for name := range l.Refuse {
		if refusable[name] == 0 {
			tb.Fatalf("the system call %s is not supported", name)
		}
	}
	text, err := json.Marshal(&l)
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{launchVariable + "=" + string(text)}
	cmd.Stdin = c.Stdin
	return cmd
}

// socketPair returns the two ends of a socket that preserves message
// boundaries.
func socketPair(tb testing.TB) (ours, theirs *os.File) {
	tb.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return os.NewFile(uintptr(fds[0]), "supervisor"), os.NewFile(uintptr(fds[1]), "launcher")
}

func pipe(tb testing.TB) (read, write *os.File) {
	tb.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	return read, write
}

// receiveListener waits for the launcher's message. It returns nil if the
// launcher ended without one; it has then written the reason to its standard
// error.
func receiveListener(tb testing.TB, socket *os.File) *os.File {
	tb.Helper()
	text, control := make([]byte, 1000), make([]byte, unix.CmsgSpace(4))
	n, size, _, _, err := unix.Recvmsg(int(socket.Fd()), text, control, unix.MSG_CMSG_CLOEXEC)
	for err == unix.EINTR {
		n, size, _, _, err = unix.Recvmsg(int(socket.Fd()), text, control, unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil {
		tb.Fatalf("the launcher's message cannot be received: %v", err)
	}
	if n == 0 {
		return nil
	}
	messages, err := unix.ParseSocketControlMessage(control[:size])
	if err != nil || len(messages) == 0 {
		unavailable(tb, string(text[:n]))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		tb.Fatalf("the launcher's message has no descriptor: %v", err)
	}
	return os.NewFile(uintptr(fds[0]), "seccomp listener")
}
