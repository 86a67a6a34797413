package systest

import (
	"encoding/binary"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// struct seccomp_notif is id (8 bytes), thread (4), flags (4) and struct
// seccomp_data: number (4), architecture (4), instruction (8) and six arguments
// of 8. struct seccomp_notif_resp is id (8), value (8), error (4), flags (4).
const (
	notifySize   = 80
	responseSize = 24
)

// notice is a decoded struct seccomp_notif.
type notice struct {
	id     uint64
	tid    int
	number int
	args   [6]uint64
}

// supervisor answers the calls that arrive at a listener.
type supervisor struct {
	tb       testing.TB
	listener int
	release  string
	handler  Handler
}

// serve answers calls until end of file on the descriptor ended.
func (s *supervisor) serve(ended int) {
	fds := []unix.PollFd{{Fd: int32(s.listener), Events: unix.POLLIN}, {Fd: int32(ended), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case err == unix.EINTR:
		case err != nil:
			s.tb.Fatalf("waiting for system calls failed: %v", err)
		case fds[0].Revents&unix.POLLIN != 0:
			s.next()
		case fds[1].Revents != 0:
			return
		case fds[0].Revents != 0:
			fds[0].Fd = -1 // no process is left that could make a call
		}
	}
}

// next receives a call and answers it. The thread may be killed or interrupted
// at any time; then there is no one to answer.
func (s *supervisor) next() {
	var buf [notifySize]byte
	if err := ioctl(s.listener, unix.SECCOMP_IOCTL_NOTIF_RECV, &buf[0]); err != nil {
		if err != unix.ENOENT && err != unix.EINTR {
			s.tb.Fatalf("receiving a system call failed: %v", err)
		}
		return
	}
	n := decodeNotice(&buf)
	errno := s.answer(n)
	var response [responseSize]byte
	binary.NativeEndian.PutUint64(response[0:], n.id)
	binary.NativeEndian.PutUint32(response[16:], uint32(-int32(errno)))
	if err := ioctl(s.listener, unix.SECCOMP_IOCTL_NOTIF_SEND, &response[0]); err != nil && err != unix.ENOENT {
		s.tb.Fatalf("answering a system call failed: %v", err)
	}
}

func decodeNotice(buf *[notifySize]byte) *notice {
	n := &notice{
		id:     binary.NativeEndian.Uint64(buf[0:]),
		tid:    int(binary.NativeEndian.Uint32(buf[8:])),
		number: int(int32(binary.NativeEndian.Uint32(buf[16:]))),
	}
	for i := range n.args {
		n.args[i] = binary.NativeEndian.Uint64(buf[32+8*i:])
	}
	return n
}

// answer decides what the call returns.
func (s *supervisor) answer(n *notice) syscall.Errno {
	if n.number == unix.SYS_UNAME {
		return writeUname(n, s.release)
	}
	call, errno := n.call()
	if errno != 0 {
		return errno
	}
	return s.handler(call)
}

// ioctl is ioctl(2) with a pointer to a structure.
func ioctl(fd int, request uintptr, arg *byte) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(arg)))
	if errno != 0 {
		return errno
	}
	return nil
}
