package live

import (
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

// The usual file systems, which are asked for more than once for each module.
var ourProc, ourSys fs.FS = tree.Mount("/proc"), tree.Mount("/sys")

// Proc implements Kernel.
func (h *Host) Proc() fs.FS {
	if h.ProcDir == "" {
		return ourProc
	}
	return tree.Mount(h.ProcDir)
}

// Sys implements Kernel.
func (h *Host) Sys() fs.FS {
	if h.SysDir == "" {
		return ourSys
	}
	return tree.Mount(h.SysDir)
}

// orHost returns k, or the running kernel if k is nil.
func orHost(k Kernel) Kernel {
	if k == nil {
		return &Host{}
	}
	return k
}
