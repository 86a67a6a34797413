//go:build !linux

package sys

import (
	"context"
	"errors"
)

// UeventSocket receives the messages that the kernel multicasts about its
// objects.
type UeventSocket struct{}

// Uevent is what Receive found out about a message.
type Uevent struct {
	Size   int
	Kernel bool
}

// OpenUevents fails with an error that wraps errors.ErrUnsupported.
func OpenUevents(int) (*UeventSocket, error) {
	return nil, unsupported("listening to uevents")
}

// Receive fails with errors.ErrUnsupported.
func (s *UeventSocket) Receive(context.Context, []byte) (Uevent, error) {
	return Uevent{}, errors.ErrUnsupported
}

// Poll fails with errors.ErrUnsupported.
func (s *UeventSocket) Poll([]byte) (Uevent, error) { return Uevent{}, errors.ErrUnsupported }

// Buffer fails with errors.ErrUnsupported.
func (s *UeventSocket) Buffer() (int, error) { return 0, errors.ErrUnsupported }

// Close does nothing.
func (s *UeventSocket) Close() error { return nil }
