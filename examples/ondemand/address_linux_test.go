package main

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestListenInUse: a second program with the same address is told so.
func TestListenInUse(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "s")} {
		ln, err := listen(address)
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		if ln.Addr().Network() == "tcp" {
			address = ln.Addr().String()
		}
		_, err = listen(address)
		if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "address already in use: another ondemand may be running") {
			t.Errorf("%s again: %v", address, err)
		}
		if conn, err := net.Dial(ln.Addr().Network(), ln.Addr().String()); err != nil {
			t.Errorf("the first does not listen any more: %v", err)
		} else {
			conn.Close()
		}
	}
}

// TestListenAbandoned: a socket that a killed program left is replaced, but no other file.
func TestListenAbandoned(t *testing.T) {
	dir := t.TempDir()
	socket, file := filepath.Join(dir, "s"), filepath.Join(dir, "f")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	ln, err := listen("unix:" + socket)
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it left its socket: %v", err)
	}
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(socket, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, filepath.Join(dir, "link")} {
		if _, err := listen("unix:" + name); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(name); err != nil {
			t.Error(err)
		}
	}
}

func TestListenMistakes(t *testing.T) {
	for _, address := range []string{"9810", "127.0.0.1:x", "unix:", "unix:/none/s", "host:1:2"} {
		if ln, err := listen(address); err == nil {
			ln.Close()
			t.Errorf("it listens at %q", address)
		}
	}
}

// TestBounded: connections beyond the limit wait until others end, or the listener does.
func TestBounded(t *testing.T) {
	ln, err := listen("unix:" + filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	b := ln.(*bounded)
	if cap(b.slots) != maxConnections {
		t.Errorf("%d connections are served", cap(b.slots))
	}
	b.slots = make(chan struct{}, 1)
	accepted := make(chan net.Conn)
	failed := make(chan error, 1)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				failed <- err
				return
			}
			accepted <- conn
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("unix", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	dial()
	first := <-accepted
	dial()
	if len(b.slots) != 1 {
		t.Errorf("%d slots are taken", len(b.slots))
	}
	first.Close()
	first.Close() // gives one slot back
	second := <-accepted
	ln.Close()
	ln.Close()
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		t.Errorf("after its end: %v", err)
	}
	second.Close()
	if len(b.slots) != 0 {
		t.Errorf("%d slots are taken in the end", len(b.slots))
	}
}
