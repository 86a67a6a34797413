package sys

import (
	"io"

	"golang.org/x/sys/unix"
)

// Kmsg is the kernel log as /dev/kmsg shows it; see dev-kmsg in the kernel's
// ABI documentation. It is not safe for concurrent use.
type Kmsg struct{ fd int }

// OpenKmsg opens the device at the given path, positioned after the last
// record. Package os is unsuitable here: it would wait for records still to
// come.
func OpenKmsg(path string) (*Kmsg, error) {
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := unix.Seek(fd, 0, io.SeekEnd); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &Kmsg{fd}, nil
}

// Read reads the next record into b, which should have MaxRecord bytes. It
// never waits: io.EOF means that there is none yet. ErrOverrun means that
// records were lost.
func (k *Kmsg) Read(b []byte) (int, error) {
	var n int
	err := retry(func() (err error) {
		n, err = unix.Read(k.fd, b)
		return err
	})
	switch {
	case err == unix.EAGAIN, err == nil && n <= 0:
		return 0, io.EOF
	case err == unix.EPIPE:
		return 0, ErrOverrun
	case err != nil:
		return 0, err
	}
	return n, nil
}

// Close closes the device.
func (k *Kmsg) Close() error { return unix.Close(k.fd) }

// ThreadID returns the number of the calling thread, which the kernel log gives
// as the origin of a record.
func ThreadID() int { return unix.Gettid() }
