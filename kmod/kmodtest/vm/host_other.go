//go:build !linux

package vm

import "syscall"

// dieWithParent has no meaning here: QEMU is run on Linux only.
func dieWithParent() *syscall.SysProcAttr { return nil }
