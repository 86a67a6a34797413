package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// listen listens at an address, HOST:PORT or unix:PATH.
func listen(address string) (net.Listener, error) {
	network := "tcp"
	if path, found := strings.CutPrefix(address, "unix:"); found {
		network, address = "unix", path
	}
	if address == "" {
		return nil, errors.New("listen: there is no address")
	}
	ln, err := net.Listen(network, address)
	if errors.Is(err, syscall.EADDRINUSE) && network == "unix" && abandoned(address) {
		if err = os.Remove(address); err == nil {
			ln, err = net.Listen(network, address)
		}
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: another ondemand may be running", err)
	}
	if err != nil {
		return nil, err
	}
	return &bounded{Listener: ln, slots: make(chan struct{}, maxConnections), closed: make(chan struct{})}, nil
}

// abandoned reports whether a file is a socket at which nobody listens any more.
func abandoned(path string) bool {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// maxConnections is how many connections are served at the same time. Others wait.
const maxConnections = 64

// bounded is a listener with a limited number of connections.
type bounded struct {
	net.Listener
	slots  chan struct{} // has a token for each connection
	once   sync.Once
	closed chan struct{}
}

func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.slots <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		<-b.slots
		return nil, err
	}
	return &boundedConn{Conn: conn, slots: b.slots}, nil
}

func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// boundedConn gives its slot back when it is closed.
type boundedConn struct {
	net.Conn
	slots <-chan struct{}
	once  sync.Once
}

func (c *boundedConn) Close() error {
	c.once.Do(func() { <-c.slots })
	return c.Conn.Close()
}
