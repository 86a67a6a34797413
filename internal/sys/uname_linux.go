package sys

import "golang.org/x/sys/unix"

// Release returns the release of the running kernel, such as "6.12.8-amd64":
// the name of its directory under /lib/modules.
func Release() (string, error) {
	u, err := uname()
	if err != nil {
		return "", err
	}
	return unix.ByteSliceToString(u.Release[:]), nil
}

// uname is uname(2).
func uname() (*unix.Utsname, error) {
	u := new(unix.Utsname)
	if err := unix.Uname(u); err != nil {
		return nil, err
	}
	return u, nil
}
