package debian

import "syscall"

// namespaces gives a command mount and process namespaces of its own and, unless it is
// to have the network, one without a network. It is killed with the thread that
// started it, and everything that it started with it.
func namespaces(offline bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags:   syscall.CLONE_NEWPID,
		Unshareflags: syscall.CLONE_NEWNS,
		Pdeathsig:    syscall.SIGKILL,
	}
	if offline {
		attr.Cloneflags |= syscall.CLONE_NEWNET
	}
	return attr
}
