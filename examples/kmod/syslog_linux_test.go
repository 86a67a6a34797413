package main

import (
	"bufio"
	"bytes"
	"io"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

func TestSyslog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	(&syslog{path}).send(levelError, "rmmod: ERROR: Module foo is not currently loaded\n")
	buf := make([]byte, 1000)
	n, err := syscall.Read(fd, buf)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^<27>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d rmmod: ERROR: Module foo is not currently loaded\n$`)
	if !want.Match(buf[:n]) {
		t.Errorf("got %q", buf[:n])
	}
}

// TestSyslogInstead: messages do not go to stderr as well, and a missing
// listener does no harm.
func TestSyslogInstead(t *testing.T) {
	var stderr bytes.Buffer
	c := &command{name: "rmmod", stdout: bufio.NewWriter(io.Discard), stderr: &stderr, verbosity: levelError}
	c.syslog = &syslog{filepath.Join(t.TempDir(), "none")}
	c.say(levelError, "lost")
	if stderr.Len() > 0 {
		t.Errorf("stderr got %q", stderr.String())
	}
}
