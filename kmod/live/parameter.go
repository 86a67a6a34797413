package live

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/reason"
)

// Reasons why a parameter could not be read or written, wrapped by [Error].
var (
	// ErrNoParameter: the module has no parameter of that name, or does not
	// show it in /sys. It wraps fs.ErrNotExist.
	ErrNoParameter = reason.New("the module has no such parameter", fs.ErrNotExist)

	// ErrReadOnly: the module allows nobody to write the parameter. It wraps
	// fs.ErrPermission.
	ErrReadOnly = reason.New("the parameter can be set only when the module is inserted", fs.ErrPermission)

	// ErrValue: the module does not accept the value; the errno is usually EINVAL
	// or ERANGE.
	ErrValue = errors.New("the module does not accept the value")
)

// errWriteOnly is the error of a parameter that nobody can read.
var errWriteOnly = reason.New("the module does not show the value", fs.ErrPermission)

// Parameter is a parameter of a module in the kernel, as
// /sys/module/NAME/parameters shows it.
type Parameter struct {
	Name string

	// Value is the current value as the kernel prints it: "Y" and "N" for a bool,
	// elements joined by commas for an array, "(null)" for a string that was
	// never set.
	Value string

	// Mode holds the permission bits of the file, which root owns.
	Mode fs.FileMode

	// Err says why Value is not known; it wraps fs.ErrPermission when the process
	// may not read it. nil when it is known.
	Err error
}

// Readable reports whether the module shows the value to anybody.
func (p Parameter) Readable() bool { return p.Mode&0o444 != 0 }

// Writable reports whether the module lets anybody change the value.
func (p Parameter) Writable() bool { return p.Mode&0o222 != 0 }

// ParameterWriter is implemented by a [Kernel] that can change the parameters of
// loaded modules, such as [Host] and the kernel of package kmodtest.
type ParameterWriter interface {
	// WriteParameter writes to /sys/module/MODULE/parameters/PARAMETER, with
	// one write(2). An empty value is written as a NUL byte, as the module would
	// not see a write of nothing. It returns the error of the file system, or a
	// syscall.Errno.
	WriteParameter(module, parameter, value string) error
}

// Parameters returns the parameters that the module shows, sorted by name, each
// with its value. One that cannot be read carries its error and does not keep the
// others from being read.
func (m *Module) Parameters() ([]Parameter, error) {
	entries, err := m.readDir("parameters")
	if err != nil {
		return nil, err
	}
	var all []Parameter
	for _, e := range entries {
		p, err := m.Parameter(e.Name())
		switch {
		case errors.Is(err, ErrNoParameter):
			continue
		case errors.Is(err, ErrNotLoaded):
			return nil, err
		case err != nil && p.Err == nil:
			p.Err = err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Parameter) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Parameter reads one parameter. The error wraps [ErrNoParameter] when there is
// none of that name. When only the value could not be read, the error is also in
// the result's Err. Dashes in the name count as underscores.
func (m *Module) Parameter(name string) (Parameter, error) {
	p := Parameter{Name: name}
	if !kernfs.IsElement(name) {
		return p, m.failed("read", "parameters/"+name, ErrNoParameter)
	}
	p.Name, p.Mode, p.Err = m.parameterFile("read", name)
	if p.Err != nil {
		return p, p.Err
	}
	attribute := "parameters/" + p.Name
	if !p.Readable() {
		p.Err = m.failed("read", attribute, errWriteOnly)
		return p, p.Err
	}
	text, err := kernfs.ReadText(m.sys(), m.path(attribute))
	if err != nil {
		if p.Err = m.missing(attribute, err); p.Err == nil {
			p.Err = m.failed("read", attribute, ErrNoParameter)
		}
	}
	p.Value = strings.TrimSuffix(text, "\n")
	return p, p.Err
}

// parameterFile finds the file of a parameter and returns its real name and mode.
func (m *Module) parameterFile(op, name string) (string, fs.FileMode, error) {
	found := name
	info, err := fs.Stat(m.sys(), m.path("parameters/"+found))
	if other := strings.ReplaceAll(name, "-", "_"); kernfs.Gone(err) && other != name {
		found = other
		info, err = fs.Stat(m.sys(), m.path("parameters/"+found))
	}
	if err == nil {
		return found, info.Mode().Perm(), nil
	}
	attribute := "parameters/" + name
	err = m.missing(attribute, openfile.Cause(err))
	if liveErr := (*Error)(nil); errors.As(err, &liveErr) {
		liveErr.Op = op
	} else {
		err = m.failed(op, attribute, ErrNoParameter)
	}
	return name, 0, err
}

// maxValue is the longest value that every kernel takes in one write: the smallest
// page, less the final NUL byte.
const maxValue = 4095

// SetParameter changes a parameter of the module while it is in the kernel. The
// error wraps [ErrNoParameter], [ErrReadOnly], fs.ErrPermission (usually only root
// may write), [ErrValue], or errors.ErrUnsupported when the kernel is not a
// [ParameterWriter]. Dashes in the name count as underscores.
func (m *Module) SetParameter(name, value string) error {
	attribute := "parameters/" + name
	if !kernfs.IsElement(name) {
		return m.failed("write", attribute, ErrNoParameter)
	}
	writer, ok := m.kernel.(ParameterWriter)
	if !ok {
		return m.failed("write", attribute, reason.New("this kernel has no way to write parameters", errors.ErrUnsupported))
	}
	if err := checkValue(value); err != nil {
		return m.failed("write", attribute, err)
	}
	name, mode, err := m.parameterFile("write", name)
	switch {
	case err != nil:
		return err
	case mode&0o222 == 0:
		return m.failed("write", attribute, ErrReadOnly)
	}
	if err := writer.WriteParameter(m.Name, name, value); err != nil {
		return m.refused(attribute, openfile.Cause(err))
	}
	return nil
}

func checkValue(value string) error {
	switch {
	case len(value) > maxValue:
		return fmt.Errorf("%w: it has %d bytes, at most %d are possible", ErrValue, len(value), maxValue)
	case strings.Contains(value, "\x00"):
		return fmt.Errorf("%w: it has a NUL byte", ErrValue)
	}
	return nil
}

// refused returns the error for a failed write. An errno that the file system does
// not give is the module's answer.
func (m *Module) refused(attribute string, err error) error {
	e := &Error{Op: "write", Module: m.Name, Attribute: attribute, Err: err}
	errno, ok := err.(syscall.Errno)
	switch {
	case kernfs.Gone(err) && !kernfs.Exists(m.sys(), "module/"+m.Name):
		e.Err = ErrNotLoaded
	case kernfs.Gone(err) && !kernfs.Exists(m.sys(), m.path(attribute)):
		e.Err = ErrNoParameter
	case ok && !errors.Is(err, fs.ErrPermission) && errno != syscall.EROFS:
		e.Err, e.Errno = ErrValue, errno
	}
	return e
}
