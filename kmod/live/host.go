package live

import (
	"cmp"
	"io/fs"

	"github.com/gokmod/gokmod/internal/tree"
)

// Host is the running kernel, reached by system calls. The zero value is ready
// for use. On systems other than Linux its calls fail with an error that wraps
// errors.ErrUnsupported.
type Host struct {
	// ProcDir and SysDir are where /proc and /sys of the kernel are mounted.
	// "" means "/proc" and "/sys", where symbolic links are followed, as the kernel
	// makes them. In other directories no link leads out of them.
	ProcDir, SysDir string

	// LogPath is the device with the kernel's log. "" means "/dev/kmsg".
	LogPath string
}

// Proc implements Kernel.
func (h *Host) Proc() fs.FS { return tree.Mount(cmp.Or(h.ProcDir, "/proc")) }

// Sys implements Kernel.
func (h *Host) Sys() fs.FS { return tree.Mount(cmp.Or(h.SysDir, "/sys")) }

// orHost returns k, or the running kernel if k is nil.
func orHost(k Kernel) Kernel {
	if k == nil {
		return &Host{}
	}
	return k
}
