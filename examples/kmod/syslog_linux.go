package main

import (
	"strconv"
	"syscall"
	"time"
)

// syslog sends messages to the system's log. It is minimal because package
// log/syslog brings package net along, which would slow down every start of the
// tools.
type syslog struct{ socket string }

func newSyslog() *syslog { return &syslog{"/dev/log"} }

// facilityDaemon is LOG_DAEMON of syslog(3).
const facilityDaemon = 3 << 3

// send sends one message. There is no one to tell if that fails.
func (s *syslog) send(l level, text string) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer syscall.Close(fd)
	message := "<" + strconv.Itoa(facilityDaemon|int(l)) + ">" + time.Now().Format(time.Stamp) + " " + text
	_ = syscall.Sendto(fd, []byte(message), 0, &syscall.SockaddrUnix{Name: s.socket})
}
