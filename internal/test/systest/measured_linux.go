package systest

import "golang.org/x/sys/unix"

// The marks of Measured: process groups of no process, which a program asks for.
const (
	markBegin = -0x6b6d6f64 - iota
	markEnd
)

// Measured calls f and, in a program that CallsOf runs, has its system calls counted.
func Measured(f func()) {
	_, _ = unix.Getpgid(markBegin) // fails for everybody
	defer func() { _, _ = unix.Getpgid(markEnd) }()
	f()
}
