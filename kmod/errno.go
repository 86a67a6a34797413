package kmod

import (
	"fmt"
	"syscall"

	"github.com/gokmod/gokmod/internal/sys"
)

// errnoText gives the symbol of an error number, in which C programmers and
// kernel logs speak. Its own text would mislead: ENOENT is no missing file here.
func errnoText(e syscall.Errno) string {
	if name := sys.ErrnoName(e); name != "" {
		return name
	}
	return fmt.Sprintf("errno %d", int(e))
}
