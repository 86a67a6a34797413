//go:build !linux

package vmtest

import "syscall"

// dieWithParent has no meaning here: QEMU is run on Linux only.
func dieWithParent() *syscall.SysProcAttr { return nil }
