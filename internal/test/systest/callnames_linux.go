//go:build amd64 || arm64

package systest

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// callNames are the names of calls that a library for files makes.
var callNames = map[int64]string{
	unix.SYS_CLOSE:         "close",
	unix.SYS_EPOLL_CREATE1: "epoll_create1",
	unix.SYS_EPOLL_CTL:     "epoll_ctl",
	unix.SYS_EVENTFD2:      "eventfd2",
	unix.SYS_FACCESSAT:     "faccessat",
	unix.SYS_FCNTL:         "fcntl",
	unix.SYS_FINIT_MODULE:  "finit_module",
	unix.SYS_FSTAT:         "fstat",
	unix.SYS_FSTATFS:       "fstatfs",
	unix.SYS_GETDENTS64:    "getdents64",
	unix.SYS_INIT_MODULE:   "init_module",
	unix.SYS_IOCTL:         "ioctl",
	unix.SYS_LSEEK:         "lseek",
	unix.SYS_MMAP:          "mmap",
	unix.SYS_MUNMAP:        "munmap",
	unix.SYS_OPENAT:        "openat",
	unix.SYS_OPENAT2:       "openat2",
	unix.SYS_PREAD64:       "pread64",
	unix.SYS_READ:          "read",
	unix.SYS_READLINKAT:    "readlinkat",
	unix.SYS_STATX:         "statx",
	unix.SYS_UNAME:         "uname",
	sysFstatat:             "fstatat",
}

func nameOfCall(number int64) string {
	if name := callNames[number]; name != "" {
		return name
	}
	return fmt.Sprint("call ", number)
}

// runtimeCalls are what Go's runtime calls for itself, at times that nobody knows.
var runtimeCalls = map[int64]bool{
	unix.SYS_CLONE: true, unix.SYS_CLONE3: true, unix.SYS_EPOLL_PWAIT: true, unix.SYS_FUTEX: true, unix.SYS_GETPID: true,
	unix.SYS_GETTID: true, unix.SYS_MADVISE: true, unix.SYS_NANOSLEEP: true, unix.SYS_PRCTL: true,
	unix.SYS_RSEQ: true, unix.SYS_RT_SIGACTION: true, unix.SYS_RT_SIGPROCMASK: true,
	unix.SYS_RT_SIGRETURN: true, unix.SYS_SCHED_YIELD: true, unix.SYS_SET_ROBUST_LIST: true,
	unix.SYS_SIGALTSTACK: true, unix.SYS_TGKILL: true, unix.SYS_MPROTECT: true,
}

// ofRuntime reports whether the runtime makes a call with that fifth argument. Mappings
// without a file are memory.
func ofRuntime(number int64, fifth int32) bool {
	return runtimeCalls[number] || number == unix.SYS_MMAP && fifth < 0
}
