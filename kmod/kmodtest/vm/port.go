package vm

import (
	"fmt"
	"io"
	"os"
)

// keepMax is how much of a port's data is kept, in bytes: its beginning and its
// end, half each. A guest that prints without end does not fill memory or disks.
const keepMax = 32 << 20

// port receives what the guest writes to one of its serial ports, through a pipe
// that QEMU inherits.
type port struct {
	read, write *os.File
	kept        capture
	done        chan struct{} // closed when everything was read
}

func newPort() (*port, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("vm: make a pipe for a serial port: %w", err)
	}
	return &port{read: r, write: w, kept: capture{max: keepMax}, done: make(chan struct{})}, nil
}

// newPorts makes the ports of a machine: its console, and that for the result.
func newPorts() (console, result *port, err error) {
	if console, err = newPort(); err != nil {
		return nil, nil, err
	}
	if result, err = newPort(); err != nil {
		console.read.Close()
		console.write.Close()
	}
	return console, result, err
}

// receive reads until QEMU, the only other process that has the pipe, has ended. If
// watch is not nil, it reads the data too, as it arrives.
func (p *port) receive(watch func(io.Reader)) {
	defer close(p.done)
	data := io.TeeReader(p.read, &p.kept)
	if watch != nil {
		watch(data)
	}
	io.Copy(io.Discard, data)
}

// end closes this process's end of the pipe for writing, so that the data has an end
// when QEMU has ended, and waits for it. It returns what was kept.
func (p *port) end() []byte {
	p.write.Close()
	<-p.done
	p.read.Close()
	return p.kept.bytes()
}

// capture keeps the beginning and the end of what is written to it, max bytes in all.
type capture struct {
	max   int
	head  []byte
	tail  []byte // a ring once it is full
	at    int    // where the oldest byte of a full tail is
	total int64
}

// Write never fails.
func (c *capture) Write(p []byte) (int, error) {
	n, half := len(p), c.max/2
	c.total += int64(n)
	room := min(half-len(c.head), len(p))
	c.head, p = append(c.head, p[:room]...), p[room:]
	if len(p) > half {
		p = p[len(p)-half:]
	}
	room = min(half-len(c.tail), len(p))
	c.tail, p = append(c.tail, p[:room]...), p[room:]
	for len(p) > 0 {
		copied := copy(c.tail[c.at:], p)
		c.at, p = (c.at+copied)%half, p[copied:]
	}
	return n, nil
}

// bytes returns what was kept, with a line in the place of what was not.
func (c *capture) bytes() []byte {
	lost := c.total - int64(len(c.head)+len(c.tail))
	out := c.head
	if lost > 0 {
		out = fmt.Appendf(out, "\n[vm: %d bytes left out]\n", lost)
	}
	return append(append(out, c.tail[c.at:]...), c.tail[:c.at]...)
}
