package kmod

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/kernellog"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/internal/sys"
)

// Error reports what could not be done with a module. Printed with %v it is one
// sentence; %+v adds everything that is known, including the lines of the kernel
// log, each on a line of its own.
//
// errors.Is sees the reason (one of the sentinels, or an error of the file
// system or of package modinfo) and the errno. An unknown symbol (ENOENT) is
// not an fs.ErrNotExist: that is only for a missing file.
type Error struct {
	// Op is what failed:
	//
	//   - "insert": a module was not inserted.
	//   - "remove": a module was not removed. Err is an *[InUseError] for one that is
	//     in use.
	//   - "load": LoaderConfig.Policy, Verify or VerifyName does not allow a module.
	//     Err wraps ErrForbidden and the reason that they gave.
	//   - "run": the command of an install or remove line failed, or there was no
	//     function to run it (ErrNoCommand).
	//   - "need": a module was not loaded because one that it needs was not. Err is
	//     what happened to that one, nil if it was not tried; see [Error.Root].
	//   - "skip": a step did nothing. Err wraps ErrBlacklisted,
	//     ErrExcluded or ErrNotFound.
	//   - "reload": [Loader.Reload] failed. Detail says how things are after it.
	//   - "locate": the path of a module leaves the module directory, or in a [Plan]
	//     is not that of its file. Err wraps ErrPath.
	Op string

	Module string

	// Path is the module file, for "locate" as the index or the plan has it. "" where
	// it does not matter.
	Path string

	Params string // as given to the kernel

	// Chain leads from the module to the requested one that needs it, if it was to be
	// loaded as a dependency; otherwise it is nil or has only the module.
	Chain []string

	// Dependency is the module that was needed and not loaded, for "need".
	Dependency string

	// Errno is the kernel's answer, 0 when the kernel was not asked.
	Errno syscall.Errno

	// Command is the command that failed, for "run"; nil otherwise.
	Command *Command

	// Origin is the line of configuration for which a step was skipped; nil if
	// there is none.
	Origin *Origin

	// Detail adds what else is known, such as both vermagics.
	Detail string

	// Log are the lines of the kernel log that this insert caused, without time and
	// priority, when LoaderConfig.KernelLog is set. Lines that others log at the same
	// time are not among them: what lines name tells them apart.
	Log []string

	// LogErr says why Log may lack lines: live.ErrLogOverrun, live.ErrNoLog, or an
	// error of opening or reading the log. nil when nothing is missing, or
	// LoaderConfig.KernelLog is not set.
	LogErr error

	// Err is the reason.
	Err error

	own   string // the module's own name, if it was read because the kernel has none of the file's name
	alone bool   // after EEXIST or EBUSY: the kernel has no module of its name
}

// failed returns the error for something that could not be done with a module's file.
func (m *Module) failed(op string, err error) *Error {
	return &Error{Op: op, Module: m.Name, Path: m.Path, Err: err}
}

// forbidden returns the error for a module that policy does not allow.
func (m *Module) forbidden(err error) *Error {
	return m.failed("load", reason.New("policy forbids it: "+err.Error(), errors.Join(ErrForbidden, err)))
}

// copied returns an error that its receiver may modify: a copy, if it is an *Error.
func copied(err error) error {
	if e, ok := err.(*Error); ok {
		own := *e
		return &own
	}
	return err
}

func (e *Error) Error() string {
	text := e.subject()
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.Detail != "" {
		text += "; " + e.Detail
	} else if line := kernellog.Says(e.Log); line != "" {
		text += "; the kernel says " + plain.Quote(line)
	}
	switch {
	case e.Errno != 0:
		text += " (" + sys.AnswerText(e.Errno) + ")"
	case e.Op == "load" && len(e.Chain) > 1:
		text += " (needed by " + plain.Names(e.Chain[1:], ", for ") + ")"
	case e.Op == "skip" && e.Origin != nil:
		text += " (" + e.Origin.String() + ")"
	}
	return text
}

// subject is the sentence without the reason.
func (e *Error) subject() string {
	module := "module " + plain.Name(e.Module)
	if e.Module == "" {
		module = "a module without a name"
	}
	switch {
	case e.Op == "insert":
		text := "insert " + module
		if len(e.Chain) > 1 {
			text += " (needed by " + plain.Names(e.Chain[1:], ", needed by ") + ")"
		}
		if e.Path != "" {
			text += " from " + plain.Name(e.Path)
		}
		return text
	case e.Op == "run" && e.Command != nil:
		return fmt.Sprintf("%s command of %s (%q, %s)", e.Command.keyword(), module, e.Command.Text, e.Command.Origin)
	case e.Op == "need":
		return module + " was not loaded, as it needs " + plain.Name(e.Dependency)
	case e.Op == "locate":
		return module
	}
	return e.Op + " " + module
}

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, syscall.ENODEV) and the like work.
func (e *Error) Is(target error) bool {
	errno, ok := target.(syscall.Errno)
	return ok && errno != 0 && errno == e.Errno
}

// Root returns the error of the module that failed first: for "need" that of the
// dependency, or of its dependency and so on, otherwise e itself.
func (e *Error) Root() *Error {
	for e.Op == "need" {
		needed, ok := e.Err.(*Error)
		if !ok {
			break
		}
		e = needed
	}
	return e
}

// Format prints the error as fmt does a string, except for %+v, which adds what is
// known about the module that failed first.
func (e *Error) Format(f fmt.State, verb rune) {
	if verb != 'v' || !f.Flag('+') {
		fmt.Fprintf(f, fmt.FormatString(f, verb), e.Error())
		return
	}
	var b strings.Builder
	b.WriteString(e.Error())
	e.Root().describe(&b)
	io.WriteString(f, b.String())
}

// describe writes what is known, one fact per line.
func (e *Error) describe(b *strings.Builder) {
	line := func(label, value string) {
		if value != "" {
			b.WriteString("\n    " + label + ": " + plain.Line(value))
		}
	}
	line("module", e.Module)
	line("path", e.Path)
	line("parameters", e.Params)
	if len(e.Chain) > 1 {
		line("needed by", plain.Names(e.Chain[1:], ", "))
	}
	line("needs", e.Dependency)
	if e.Command != nil {
		line("command", e.Command.Text)
		line("configured in", e.Command.Origin.String())
	}
	if e.Origin != nil {
		line("configured in", e.Origin.String())
	}
	if e.Errno != 0 {
		line("errno", sys.AnswerText(e.Errno))
	}
	line("detail", e.Detail)
	if e.Err != nil {
		line("cause", e.Err.Error())
	}
	if len(e.Log) > 0 {
		b.WriteString("\n    kernel log:")
	}
	for _, text := range e.Log {
		b.WriteString("\n        " + plain.Line(text))
	}
	if e.LogErr != nil {
		line("the kernel log may lack lines", e.LogErr.Error())
	}
}

// LookupError reports a name that could not be resolved. Err is ErrNotFound, or says
// why the name could not be looked up. If the name may be unknown only because
// something is missing on the disk, LookupError wraps that too.
type LookupError struct {
	Name     string   // as asked for
	Dir      string   // module directory
	Searched []string // index files that do not know it
	Missing  []string // index files that do not exist
	Err      error

	// Absence wraps ErrNoModuleDir or ErrNoIndexes. It is nil when no index that
	// could know the name is missing.
	Absence error
}

func (e *LookupError) Error() string {
	var b strings.Builder
	if !errors.Is(e.Err, ErrNotFound) {
		fmt.Fprintf(&b, "look up module %s: %v", plain.Name(e.Name), e.Err)
		return b.String()
	}
	if e.Absence != nil {
		fmt.Fprintf(&b, "module %s not found: %v", plain.Name(e.Name), e.Absence)
		return b.String()
	}
	fmt.Fprintf(&b, "module %s not found in %s", plain.Name(e.Name), e.Dir)
	switch {
	case len(e.Searched) == 0:
	case len(e.Missing) == 0:
		fmt.Fprintf(&b, " (searched %s)", strings.Join(e.Searched, ", "))
	default:
		fmt.Fprintf(&b, " (searched %s; there is no %s)", strings.Join(e.Searched, ", "), strings.Join(e.Missing, ", "))
	}
	return b.String()
}

// Unwrap returns the reasons.
func (e *LookupError) Unwrap() []error {
	if e.Absence == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Absence}
}
