package kmod

import "io/fs"

// Host is the running kernel, reached by system calls. The zero value is ready
// for use. On systems other than Linux its calls fail with an error that wraps
// errors.ErrUnsupported.
type Host struct {
	// ProcDir and SysDir are where /proc and /sys of the kernel are mounted.
	// "" means "/proc" and "/sys", whose links the kernel makes and which are
	// followed. In other folders nothing is followed out of them.
	ProcDir, SysDir string

	// LogPath is the device with the kernel's log. "" means "/dev/kmsg".
	LogPath string
}

// Proc implements Kernel.
func (h *Host) Proc() fs.FS { return mount(orDefault(h.ProcDir, "/proc")) }

// Sys implements Kernel.
func (h *Host) Sys() fs.FS { return mount(orDefault(h.SysDir, "/sys")) }

func orDefault(dir, standard string) string {
	if dir == "" {
		return standard
	}
	return dir
}
