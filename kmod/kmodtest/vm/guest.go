package vm

import "os"

// Start runs a program's guest part and never returns. As process 1 of a guest
// it prepares the system, runs the same program again as a child with the
// arguments of [Config], reports the child's output and exit status and powers
// off. Anywhere else, including in the child, it calls run and exits with its
// result. So do programs that a guest test starts from /init with arguments of
// their own.
//
// Call it before flags are parsed.
func Start(run func() int) {
	if os.Getpid() == 1 && InGuest() {
		supervise()
	}
	os.Exit(run())
}
