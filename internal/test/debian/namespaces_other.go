//go:build !linux

package debian

import "syscall"

// namespaces are not made on other systems, where nothing asks for them.
func namespaces(bool) *syscall.SysProcAttr { return nil }
