package sys

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// testDeadline bounds every wait of a test.
const testDeadline = 30 * time.Second

// nullUevent makes the kernel send an event when it is written to.
const nullUevent = "/sys/devices/virtual/mem/null/uevent"

// trigger makes the kernel send an event about /dev/null with a mark in it, and
// returns the mark.
func trigger(t *testing.T) string {
	t.Helper()
	mark := strings.ToUpper(t.Name()[strings.LastIndexByte(t.Name(), '/')+1:])
	err := os.WriteFile(nullUevent, []byte("change fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed MARK="+mark), 0)
	if err != nil {
		t.Skipf("only root can make the kernel send a uevent: %v", err)
	}
	return "SYNTH_ARG_MARK=" + mark
}

func openUevents(t *testing.T, buffer int) *UeventSocket {
	t.Helper()
	s, err := OpenUevents(buffer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// await receives until a message contains the text.
func await(t *testing.T, s *UeventSocket, text string) (message string, kernel bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
	defer cancel()
	buf := make([]byte, 8192)
	for {
		u, err := s.Receive(ctx, buf)
		if err != nil {
			t.Fatalf("no message with %q: %v", text, err)
		}
		if message := string(buf[:min(u.Size, len(buf))]); strings.Contains(message, text) {
			return message, u.Kernel
		}
	}
}

func TestUeventOfKernel(t *testing.T) {
	s := openUevents(t, 1<<20)
	message, kernel := await(t, s, trigger(t))
	if !kernel {
		t.Error("the message is not taken for the kernel's")
	}
	if !strings.HasPrefix(message, "change@/devices/virtual/mem/null\x00") {
		t.Errorf("message %q", message)
	}
}

// forger sends messages as a privileged process can.
type forger struct {
	t  *testing.T
	fd int
}

func newForger(t *testing.T) *forger {
	t.Helper()
	fd, err := forgerSocket()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return &forger{t, fd}
}

func forgerSocket() (int, error) {
	return unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_KOBJECT_UEVENT)
}

// send sends a message to a group, or to the port of a socket.
func (f *forger) send(text string, groups, port uint32) {
	f.t.Helper()
	err := unix.Sendto(f.fd, []byte(text), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups, Pid: port})
	if errors.Is(err, unix.EPERM) {
		f.t.Skip("only a process with CAP_NET_ADMIN can forge a uevent")
	}
	if err != nil && !errors.Is(err, unix.ENOBUFS) {
		f.t.Fatal(err)
	}
}

// port is the address of a socket.
func port(t *testing.T, s *UeventSocket) uint32 {
	t.Helper()
	var port uint32
	err := withDescriptor(s.file, func(fd int) error {
		name, err := unix.Getsockname(fd)
		if own, ok := name.(*unix.SockaddrNetlink); ok {
			port = own.Pid
		}
		return err
	})
	if err != nil || port == 0 {
		t.Fatal(port, err)
	}
	return port
}

func TestUeventForged(t *testing.T) {
	const text = "add@/devices/forged\x00MODALIAS=evil\x00"
	t.Run("to the group", func(t *testing.T) {
		s := openUevents(t, 1<<20)
		newForger(t).send(text, kernelGroup, 0)
		if _, kernel := await(t, s, text); kernel {
			t.Error("a forged message is taken for the kernel's")
		}
	})
	t.Run("to the socket", func(t *testing.T) {
		s := openUevents(t, 1<<20)
		newForger(t).send(text, 0, port(t, s))
		if _, kernel := await(t, s, text); kernel {
			t.Error("a forged message is taken for the kernel's")
		}
	})
}

// TestUeventInjected has the kernel send a message for a process, which then
// has the kernel's address.
func TestUeventInjected(t *testing.T) {
	const text = "add@/devices/injected\x00MODALIAS=evil\x00"
	var s *UeventSocket
	f := &forger{t: t}
	inOwnNetwork(t, func() (err error) {
		if s, err = OpenUevents(1 << 20); err == nil {
			f.fd, err = forgerSocket()
		}
		return err
	})
	defer s.Close()
	defer unix.Close(f.fd)
	request := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(text))
	binary.NativeEndian.PutUint32(request, uint32(cap(request)))
	binary.NativeEndian.PutUint16(request[4:], unix.NLMSG_MIN_TYPE)
	binary.NativeEndian.PutUint16(request[6:], unix.NLM_F_REQUEST)
	f.send(string(append(request, text...)), 0, 0)
	if _, kernel := await(t, s, text); kernel {
		t.Error("a message that the kernel sent for a process is taken for its own")
	}
}

func TestUeventTooLong(t *testing.T) {
	s := openUevents(t, 1<<20)
	newForger(t).send(strings.Repeat("x", 5000), 0, port(t, s))
	buf := make([]byte, 100)
	for {
		u, err := s.Receive(t.Context(), buf)
		if err != nil {
			t.Fatal(err)
		}
		if u.Size == 5000 {
			return
		}
	}
}

// inOwnNetwork opens sockets in a network namespace of its own, so that a flood
// does not reach other tests. The kernel's messages reach it too.
func inOwnNetwork(t *testing.T, open func() error) {
	t.Helper()
	var refused error
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		if refused = unix.Unshare(unix.CLONE_NEWNET); refused != nil {
			done <- nil
			return
		}
		done <- open()
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if refused != nil {
		t.Skipf("only root can have a network namespace of its own: %v", refused)
	}
}

// TestUeventFlood overruns a small buffer: Receive reports that, and reception
// goes on.
func TestUeventFlood(t *testing.T) {
	var s *UeventSocket
	f := &forger{t: t}
	inOwnNetwork(t, func() (err error) {
		if s, err = OpenUevents(1 << 14); err == nil {
			f.fd, err = forgerSocket()
		}
		return err
	})
	defer s.Close()
	defer unix.Close(f.fd)
	const flood = 100000
	for range flood {
		f.send("add@/devices/flood\x00", kernelGroup, 0)
	}
	buf := make([]byte, 8192)
	received, gaps := 0, 0
	for received == 0 || gaps == 0 {
		switch _, err := s.Receive(t.Context(), buf); {
		case errors.Is(err, unix.ENOBUFS):
			gaps++
		case err != nil:
			t.Fatal(err)
		default:
			received++
		}
	}
	err := withDescriptor(s.file, func(fd int) error {
		size, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		if size > 1<<16 {
			t.Errorf("the buffer has %d bytes", size)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for received < flood {
		_, err := s.Poll(buf)
		if errors.Is(err, unix.EAGAIN) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		received++
	}
	if received == flood {
		t.Error("a full buffer took everything")
	}
	if _, kernel := await(t, s, trigger(t)); !kernel {
		t.Error("the kernel's message after the flood is not taken for its own")
	}
}

func TestUeventContext(t *testing.T) {
	s := openUevents(t, 1<<20)
	buf := make([]byte, 8192)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Receive(ended, buf); !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended context: %v", err)
	}
	// Cutting waits short, again and again, leaves the socket usable.
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			for {
				if _, err := s.Receive(ctx, buf); err != nil {
					done <- err
					return
				}
			}
		}()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatalf("after cancelling: %v", err)
		}
	}
	await(t, s, trigger(t))
}

// TestUeventTurns ends the context of a caller that waits for its turn.
func TestUeventTurns(t *testing.T) {
	s := openUevents(t, 1<<20)
	<-s.turn
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := s.Receive(ctx, make([]byte, 10))
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
	s.turn <- struct{}{}
}

func TestUeventClose(t *testing.T) {
	s := openUevents(t, 1<<20)
	done := make(chan error)
	go func() {
		buf := make([]byte, 8192)
		for {
			if _, err := s.Receive(t.Context(), buf); err != nil {
				done <- err
				return
			}
		}
	}()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, os.ErrClosed) {
		t.Errorf("while waiting: %v", err)
	}
	if _, err := s.Receive(t.Context(), nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := s.Poll(nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("without waiting: %v", err)
	}
}
