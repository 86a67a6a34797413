package live

import (
	"fmt"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/sys"
)

// Error reports that an attribute or the state of a module in the kernel could not
// be read or written. It wraps the reason.
type Error struct {
	Op     string // "read" or "write"
	Module string

	// Attribute is the file below /sys/module/NAME, such as "refcnt" or
	// "parameters/debug"; "" for the module as a whole.
	Attribute string

	// Errno is the answer of a module that rejects the value of a parameter (Err
	// is then ErrValue), 0 otherwise.
	Errno syscall.Errno

	// Err is the reason.
	Err error
}

func (e *Error) Error() string {
	what := plain.Name(e.Attribute)
	if e.Attribute == "" {
		what = "the state"
	} else if parameter, ok := strings.CutPrefix(e.Attribute, "parameters/"); ok {
		what = "parameter " + plain.Name(parameter)
	}
	text := fmt.Sprintf("%s %s of module %s: %v", e.Op, what, plain.Name(e.Module), e.Err)
	if e.Errno != 0 {
		text += " (" + sys.AnswerText(e.Errno) + ")"
	}
	return text
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, syscall.ERANGE) and the like work.
func (e *Error) Is(target error) bool {
	errno, ok := target.(syscall.Errno)
	return ok && errno != 0 && errno == e.Errno
}

// failed returns the error for a failed read or write.
func (m *Module) failed(op, attribute string, err error) error {
	return &Error{Op: op, Module: m.Name, Attribute: attribute, Err: err}
}
