//go:build !linux

package sys

// Kmsg is the kernel log; other systems have none.
type Kmsg struct{}

// OpenKmsg always fails here.
func OpenKmsg(string) (*Kmsg, error) { return nil, unsupported("read the kernel log") }

// Read always fails here.
func (*Kmsg) Read([]byte) (int, error) { return 0, unsupported("read the kernel log") }

// Close does nothing here.
func (*Kmsg) Close() error { return nil }

// ThreadID returns 0: without a kernel log it has no use.
func ThreadID() int { return 0 }
