package systest

import (
	"fmt"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// writeUname answers uname with the real names and another release.
func writeUname(n *notice, release string) syscall.Errno {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return syscall.EFAULT
	}
	clear(u.Release[:])
	copy(u.Release[:len(u.Release)-1], release)
	fields := slices.Concat(u.Sysname[:], u.Nodename[:], u.Release[:], u.Version[:], u.Machine[:], u.Domainname[:])
	mem, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", n.tid), os.O_WRONLY, 0)
	if err != nil {
		return syscall.EFAULT
	}
	defer mem.Close()
	if int64(n.args[0]) < 0 {
		return syscall.EFAULT
	}
	if _, err := mem.WriteAt(fields, int64(n.args[0])); err != nil {
		return syscall.EFAULT
	}
	return 0
}
