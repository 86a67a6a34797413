package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// initialUserNamespace is the inode number of the initial user namespace, which is the
// same in all kernels since 3.8. That of the initial network namespace is not.
const initialUserNamespace = 0xEFFFFFFD

// Deaf reports whether the network namespace of this thread belongs to a user namespace
// other than the initial one: since Linux 4.18 the kernel does not send the events of
// devices there. It is false if that cannot be found out: without /proc, in kernels
// before 4.9, and in a user namespace below the one that it belongs to.
func Deaf() bool {
	f, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return false
	}
	defer f.Close()
	number, err := owner(f)
	return err == nil && number != initialUserNamespace
}

// owner returns the inode number of the user namespace that a namespace belongs to.
func owner(namespace *os.File) (number uint64, err error) {
	err = withDescriptor(namespace, func(fd int) error {
		owner, err := unix.IoctlRetInt(fd, unix.NS_GET_USERNS)
		if err != nil {
			return err
		}
		defer unix.Close(owner)
		var st unix.Stat_t
		err = unix.Fstat(owner, &st)
		number = st.Ino
		return err
	})
	return number, err
}
