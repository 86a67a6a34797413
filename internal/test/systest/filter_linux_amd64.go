package systest

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// moduleCalls are the system calls that are always intercepted.
var moduleCalls = map[int]string{
	unix.SYS_INIT_MODULE:   "init_module",
	unix.SYS_FINIT_MODULE:  "finit_module",
	unix.SYS_DELETE_MODULE: "delete_module",
}

// refusable are the system calls that can be refused.
var refusable = map[string]uint32{"openat2": unix.SYS_OPENAT2}

// Offsets in struct seccomp_data, the input of a filter.
const (
	dataNumber = 0
	dataArch   = 4
)

// x32Bit marks the system calls of the x32 ABI, which share amd64's
// architecture number.
const x32Bit = 0x40000000

// filter returns the program that sends the module calls, and uname if requested,
// to the listener, refuses some calls with an error, allows every other and kills
// other architectures.
func filter(withUname bool, refuse map[string]syscall.Errno) []unix.SockFilter {
	var numbers []uint32
	for number := range moduleCalls {
		numbers = append(numbers, uint32(number))
	}
	if withUname {
		numbers = append(numbers, unix.SYS_UNAME)
	}
	n := uint8(len(numbers))
	program := []unix.SockFilter{
		load(dataArch),
		jump(unix.BPF_JEQ, unix.AUDIT_ARCH_X86_64, 0, n+4+2*uint8(len(refuse))),
		load(dataNumber),
		jump(unix.BPF_JGE, x32Bit, n+2+2*uint8(len(refuse)), 0),
	}
	for i, number := range numbers {
		program = append(program, jump(unix.BPF_JEQ, number, n-uint8(i)+2*uint8(len(refuse)), 0))
	}
	for name, errno := range refuse {
		program = append(program,
			jump(unix.BPF_JEQ, refusable[name], 0, 1),
			verdict(unix.SECCOMP_RET_ERRNO|uint32(errno)))
	}
	return append(program,
		verdict(unix.SECCOMP_RET_ALLOW),
		verdict(unix.SECCOMP_RET_USER_NOTIF),
		verdict(unix.SECCOMP_RET_KILL_PROCESS))
}

// load fetches a word of struct seccomp_data.
func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// jump skips yes instructions when the comparison with k holds, else no.
func jump(comparison uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | comparison | unix.BPF_K, Jt: yes, Jf: no, K: k}
}

// verdict ends the program.
func verdict(action uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
}

// install installs the filter on the calling thread and returns the listener.
// If the kernel supports it, signals no longer interrupt a call that the
// supervisor has received, which would make it arrive twice.
func install(program []unix.SockFilter) (listener int, err error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return -1, err
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	for _, more := range []uintptr{unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, 0} {
		fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
			unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|more, uintptr(unsafe.Pointer(&prog)))
		if errno == 0 {
			return int(fd), nil
		}
		if err = errno; errno != unix.EINVAL {
			break
		}
	}
	return -1, err
}
