// Package stack makes the stack of a program as large as its calls need it, before other
// packages are initialized.
//
// A stack begins with 2 KiB. Each time that it is doubled, a pool of such stacks is made,
// the old one is copied, and the frames of all callers are looked up for that, which touches
// some twenty pages of memory that nothing else does. A package that imports nothing is
// initialized before those of the standard library that need more stack.
package stack

// room is how many bytes of the stack calls of the tools use, most of them fewer.
const room = 12 << 10

func init() { grow(0) }

// grow has a frame that makes the stack grow.
//
//go:noinline
func grow(at int) byte {
	if at <= 0 {
		return 0
	}
	var unused [room]byte
	return unused[at]
}
