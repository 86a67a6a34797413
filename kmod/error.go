package kmod

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/kernellog"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/sys"
)

// InsertError reports that a module was not inserted.
//
// errors.Is sees the reason (one of the sentinels, or an error of the file
// system or of package modinfo) and the errno. An unknown symbol (ENOENT) is
// not an fs.ErrNotExist: that is only for a missing file.
type InsertError struct {
	Module string
	Path   string // of the file
	Params string // as given to the kernel

	// Chain leads from the module to the one that was asked for, when it was
	// to be inserted as a dependency; nil or only the module otherwise.
	Chain []string

	// Errno is the kernel's answer, 0 when the kernel was not asked.
	Errno syscall.Errno

	// Detail says more where something is known, such as both vermagics.
	Detail string

	// Log are the lines of the kernel log that this insert caused, without time
	// and priority, when LoaderConfig.KernelLog is set. They are right also when
	// others log at the same time, as they are told apart by what they name.
	Log []string

	// LogErr tells why Log may lack lines: live.ErrLogOverrun, live.ErrNoLog, or an error
	// of opening or reading the log. nil when nothing is missing, or nobody
	// asked for the log.
	LogErr error

	// Err is the reason.
	Err error

	own string // the module's own name, if it was read as the kernel has none of the file's
}

func (e *InsertError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "insert module %s", plain.Name(e.Module))
	if len(e.Chain) > 1 {
		fmt.Fprintf(&b, " (needed by %s)", plain.Names(e.Chain[1:], ", needed by "))
	}
	if e.Path != "" {
		fmt.Fprintf(&b, " from %s", plain.Name(e.Path))
	}
	fmt.Fprintf(&b, ": %v", e.Err)
	if e.Detail != "" {
		fmt.Fprintf(&b, "; %s", e.Detail)
	} else if line := kernellog.Says(e.Log); line != "" {
		fmt.Fprintf(&b, "; the kernel says %s", plain.Quote(line))
	}
	if e.Errno != 0 {
		fmt.Fprintf(&b, " (%s)", sys.AnswerText(e.Errno))
	}
	return b.String()
}

// Unwrap returns the reason.
func (e *InsertError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, syscall.ENODEV) and the like work.
func (e *InsertError) Is(target error) bool {
	errno, ok := target.(syscall.Errno)
	return ok && errno != 0 && errno == e.Errno
}
