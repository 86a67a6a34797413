package systest

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Terminal opens a terminal, pty(7), that passes a program's output on unchanged.
// seen closes it and returns all output, once the programs that use it have ended. If
// the system has no terminals, the test is skipped.
func Terminal(tb testing.TB) (program *os.File, seen func() []byte) {
	tb.Helper()
	program, _, seen = terminal(tb)
	return program, seen
}

// terminal is Terminal with the user's side, for typing.
func terminal(tb testing.TB) (program, screen *os.File, seen func() []byte) {
	tb.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		tb.Skipf("there are no terminals: %v", err)
	}
	tb.Cleanup(func() { screen.Close() })
	program, err = programSide(screen)
	if err != nil {
		tb.Skipf("there are no terminals: %v", err)
	}
	tb.Cleanup(func() { program.Close() })
	var text bytes.Buffer
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		io.Copy(&text, screen) // the end is EIO: no program has the terminal open
	}()
	return program, screen, func() []byte {
		program.Close()
		<-ended
		return text.Bytes()
	}
}

// Interactive starts a program that has a terminal of its own for its input, output and
// messages. What is written to keyboard is typed there; wait waits for the program's end
// and returns what it has shown. If the system has no terminals, the test is skipped.
func Interactive(tb testing.TB, cmd *exec.Cmd) (keyboard io.Writer, wait func() (string, error)) {
	tb.Helper()
	program, screen, seen := terminal(tb)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	return screen, func() (string, error) {
		err := cmd.Wait()
		return string(seen()), err
	}
}

// OnTerminal runs a program with a terminal for its output and messages, whatever its
// exit status, and returns what the terminal received. If the system has no
// terminals, the test is skipped.
func OnTerminal(tb testing.TB, cmd *exec.Cmd) string {
	tb.Helper()
	program, seen := Terminal(tb)
	cmd.Stdout, cmd.Stderr = program, program
	err := cmd.Run()
	if exited := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exited) {
		tb.Fatal(err)
	}
	return string(seen())
}

// programSide opens the program's side of a terminal.
func programSide(screen *os.File) (program *os.File, err error) {
	conn, err := screen.SyscallConn()
	if err != nil {
		return nil, err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		var number int
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed != nil {
			return
		}
		if number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); failed != nil {
			return
		}
		program, failed = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
		if failed == nil {
			failed = passOn(int(fd))
		}
	})
	if err == nil {
		err = failed
	}
	return program, err
}

// passOn makes a terminal pass line ends on unchanged.
func passOn(fd int) error {
	settings, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	settings.Oflag &^= unix.OPOST
	settings.Lflag &^= unix.ECHO
	return unix.IoctlSetTermios(fd, unix.TCSETS, settings)
}
