package sys

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// kernelGroup is the multicast group of the kernel's own uevents; group 2 is
// udev's.
const kernelGroup = 1

// UeventSocket receives the messages that the kernel multicasts about its
// objects: netlink(7), family NETLINK_KOBJECT_UEVENT.
type UeventSocket struct {
	file *os.File
	turn chan struct{} // holds a token while no receive is in progress
}

// Uevent is what Receive learned about a message.
type Uevent struct {
	// Size is the size of the whole message, even if the buffer is shorter.
	Size int

	// Kernel means that the message comes from the kernel itself, by its
	// multicast group. A process with CAP_NET_ADMIN can send to the group and to
	// the socket as well, but not from port 0. A process with CAP_SYS_ADMIN can
	// have the kernel send a message for it; then the port is 0 and the
	// credentials are those of the process.
	Kernel bool
}

// OpenUevents opens a socket that is a member of the kernel's group, with a
// receive buffer of the given size in bytes, or as large as this process may
// have: exceeding net.core.rmem_max takes CAP_NET_ADMIN.
func OpenUevents(buffer int) (*UeventSocket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_KOBJECT_UEVENT)
	if err != nil {
		return nil, fmt.Errorf("open a socket for uevents: %w", err)
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer) != nil {
		// A smaller buffer only makes gaps likelier, which Receive reports.
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer)
	}
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("ask for the senders of uevents: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: kernelGroup}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("join the group of the kernel's uevents: %w", err)
	}
	s := &UeventSocket{file: os.NewFile(uintptr(fd), "uevent socket"), turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s, nil
}

// Receive waits for the next message and puts it into buf. ENOBUFS means that
// messages were lost because the receive buffer was full. The next call
// continues with those in the buffer; until the last of them has been taken,
// further ones may get lost without another ENOBUFS. After Close the error is
// os.ErrClosed. Concurrent calls take turns.
func (s *UeventSocket) Receive(ctx context.Context, buf []byte) (Uevent, error) {
	if err := ctx.Err(); err != nil {
		return Uevent{}, err
	}
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return Uevent{}, ctx.Err()
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		s.file.SetReadDeadline(time.Unix(1, 0))
	})
	u, err := s.receive(buf)
	if !stop() {
		<-interrupted
		s.file.SetReadDeadline(time.Time{})
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = ctx.Err()
		}
	}
	return u, err
}

// receive is Receive for one caller at a time.
func (s *UeventSocket) receive(buf []byte) (u Uevent, err error) {
	conn, err := s.file.SyscallConn()
	if err != nil {
		return u, err
	}
	var answer error
	err = conn.Read(func(fd uintptr) bool {
		u, answer = receiveFrom(int(fd), buf)
		return answer != unix.EAGAIN
	})
	switch {
	case err == nil:
		return u, answer
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Uevent{}, os.ErrDeadlineExceeded
	}
	return Uevent{}, os.ErrClosed // nothing else ends the wait
}

// Poll is Receive without waiting: the error is EAGAIN when there is no message.
func (s *UeventSocket) Poll(buf []byte) (u Uevent, err error) {
	err = withDescriptor(s.file, func(fd int) (err error) {
		u, err = receiveFrom(fd, buf)
		return err
	})
	if errors.Is(err, os.ErrClosed) {
		err = os.ErrClosed
	}
	return u, err
}

// receiveFrom is recvmsg(2) without waiting.
func receiveFrom(fd int, buf []byte) (u Uevent, err error) {
	var control [64]byte // one message of credentials takes 32 bytes
	err = retry(func() error {
		n, controls, _, from, err := unix.Recvmsg(fd, buf, control[:], unix.MSG_DONTWAIT|unix.MSG_TRUNC)
		if err == nil {
			u = Uevent{Size: n, Kernel: fromKernel(from, control[:controls])}
		}
		return err
	})
	return u, err
}

// fromKernel reports whether a message comes from the kernel, judging by the
// sender's address and credentials.
func fromKernel(from unix.Sockaddr, control []byte) bool {
	sender, ok := from.(*unix.SockaddrNetlink)
	if !ok || sender.Pid != 0 || sender.Groups != 1<<(kernelGroup-1) {
		return false
	}
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(messages) != 1 {
		return false
	}
	credentials, err := unix.ParseUnixCredentials(&messages[0])
	return err == nil && credentials.Pid == 0
}

// Close closes the socket, and ends calls of Receive that wait.
func (s *UeventSocket) Close() error { return s.file.Close() }
