package sys

import "os"

// withDescriptor calls call with f's descriptor and returns its error. The
// descriptor stays open during the call, even if f is closed meanwhile.
func withDescriptor(f *os.File, call func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var callErr error
	if conn.Control(func(fd uintptr) { callErr = call(int(fd)) }) != nil {
		// Control fails for no other reason.
		return &os.PathError{Op: "use", Path: f.Name(), Err: os.ErrClosed}
	}
	return callErr
}
