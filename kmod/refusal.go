package kmod

import (
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/gokmod/gokmod/internal/kernellog"
	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// Refusal is a module that the kernel refused, with what the Loader found out about
// the reason. LoaderConfig.Explain may add more, in Err and Detail of Error.
type Refusal struct {
	// Error is what the call will return. Errno is the kernel's answer, and Log has
	// the lines that it logged if the Loader reads its log.
	Error *Error

	// Module is the module, and Flags are those that it was to be inserted with.
	Module Module
	Flags  live.InsertFlags

	// DB and Kernel are those of the Loader. DB is nil for a Loader without one.
	DB     *DB
	Kernel live.Kernel

	// Missing are symbols that the module needs and nothing exports, Withheld those
	// that are exported only to modules under the GPL.
	Missing, Withheld []string

	l        *Loader
	file     *modfile.File
	read     bool
	contents refused
	err      error
}

// refused is what a refused module says about itself.
type refused struct {
	own    string // its own name, "" if it is not known
	free   bool   // it may use symbols that are for GPL modules only
	needed []string
}

// Image returns the uncompressed module, or the error of reading it. Only
// LoaderConfig.Explain may call it, and must not keep the image.
func (r *Refusal) Image() ([]byte, error) {
	image, err := r.file.Image()
	return image.Bytes, err
}

// explainInsert fills in why the kernel refused a file with that answer: what the
// answer means, what the kernel logged, and which symbols are missing. Finding out
// what else may be wrong with the module is up to LoaderConfig.Explain.
func (l *Loader) explainInsert(e *Error, m Module, file *modfile.File, flags live.InsertFlags, answer error, log *insertLog) {
	errno, ok := answer.(syscall.Errno)
	if !ok {
		e.Err = answer // the call was not made
		return
	}
	e.Errno = errno
	e.Err = insertReason(errno)
	r := &Refusal{Error: e, Module: m, Flags: flags, DB: l.db, Kernel: l.kernel, l: l, file: file}
	if log != nil || r.asksModule(errno) {
		r.readModule()
	}
	if errno == syscall.EEXIST || errno == syscall.EBUSY {
		r.otherName()
	}
	log.explain(e, distinct([]string{m.Name, r.kernelName()}))
	r.explain(errno, log != nil && log.err == nil && e.LogErr == nil)
	if l.cfg.Explain != nil {
		l.cfg.Explain(r)
	}
}

// asksModule reports whether the module can tell what is behind an answer.
func (r *Refusal) asksModule(errno syscall.Errno) bool {
	switch errno {
	case syscall.ENOEXEC, syscall.ENOENT, syscall.EINVAL:
		return true
	case syscall.EPERM:
		return kernfs.Blacklist(r.Kernel.Proc()) != nil // it goes by the module's own name
	}
	return false
}

// readModule reads what the module says about itself, once.
func (r *Refusal) readModule() {
	if r.read {
		return
	}
	r.read = true
	content, err := r.file.Content()
	if err != nil {
		r.err = err
		return
	}
	r.err = r.contents.parse(content)
	if r.l.cfg.Explain != nil && content.Bytes != nil {
		r.file.Replace(content.Bytes) // unpacked once for both
		return
	}
	content.Release()
}

func (c *refused) parse(content modfile.Content) error {
	f, err := modinfo.NewFile(content.ReaderAt, content.Size, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Info()
	if err != nil {
		return err
	}
	c.own, c.free = kernfs.OwnName(f), info.GPLCompatible()
	needed, err := f.Needed()
	if err != nil {
		return err
	}
	for i := range needed {
		if n := &needed[i]; !n.Weak && n.Name != moduleLayout {
			c.needed = append(c.needed, symtab.Needed(n.Name, 0))
		}
	}
	return nil
}

// moduleLayout is a symbol that modules name only for its version.
const moduleLayout = "module_layout"

// kernelName is the name that the kernel knows the module by.
func (r *Refusal) kernelName() string {
	if r.contents.own != "" {
		return r.contents.own
	}
	return r.Module.Name
}

// otherName finds out which module is in the way, if the kernel has none by the known
// name of this one.
func (r *Refusal) otherName() {
	known := r.l.knownName(r.Module)
	if status, _ := r.l.liveStatus(known); status != live.StatusAbsent {
		return
	}
	r.readModule()
	own := r.contents.own
	if own == "" {
		return
	}
	r.DB.remember(r.Module, own)
	if own != known {
		r.Error.own = own
		r.Error.Detail = "its own name is " + plain.Name(own)
	}
	status, _ := r.l.liveStatus(own)
	r.Error.alone = status == live.StatusAbsent
}

// explain says more about an answer. logged means that the log could be read
// completely.
func (r *Refusal) explain(errno syscall.Errno, logged bool) {
	e := r.Error
	switch {
	case errno == syscall.EPERM: // the kernel did not look at the file
		e.Err = r.l.permissionReason(r.kernelName())
	case errors.Is(r.err, modinfo.ErrEmpty):
		e.Err = reason.New("the file is empty", errors.Join(ErrIncompatible, r.err))
	case errno == syscall.ENOEXEC && r.err != nil:
		e.Err = fmt.Errorf("%w: %w", ErrIncompatible, fileCause(r.err))
	case errno == syscall.ENOEXEC:
		if kernellog.Has(e.Log, ": version magic ") {
			e.Err = ErrVermagic
		}
	case errno == syscall.ENOENT:
		r.unknownSymbol(logged)
	case errno == syscall.EINVAL && !kernellog.Refuses(e.Log):
		e.Err = errInvalidOrInit
		if logged && r.err == nil {
			e.Err = ErrInit // the kernel itself says why it refuses a module
		}
	case (errno == syscall.ENODEV || errno == syscall.ENXIO) && len(e.Log) == 0:
		e.Detail = "it found no device to drive"
	}
}

// errInvalidOrInit is a reason for EINVAL when it is not known who gave it.
var errInvalidOrInit = reason.New(
	"the module or one of its parameters is invalid, or its init function failed", ErrInvalid)

// fileCause returns the cause of an error of reading a module, without the path.
func fileCause(err error) error {
	if fileErr := (*modinfo.Error)(nil); errors.As(err, &fileErr) {
		return fileErr.Err
	}
	return err
}

// unknownSymbol finds out what ENOENT means: symbols that are missing or not for this
// module, which it names, or an init function that returned ENOENT itself, as some do
// that look for another module.
func (r *Refusal) unknownSymbol(logged bool) {
	e := r.Error
	missing := kernellog.UnknownSymbols(e.Log)
	switch {
	case len(missing) > 0:
		missing = r.withheld(missing)
	case logged:
		e.Err = ErrInit
		return
	case r.err != nil || !r.contents.free:
		return // which symbols a module may use also depends on its license
	default:
		var unsure []string
		var err error
		if missing, unsure, err = r.l.unexported(slices.Clone(r.contents.needed)); err != nil || len(unsure) > 0 {
			return
		}
		if len(missing) == 0 {
			e.Err = ErrInit
			return
		}
	}
	r.Missing = missing
	switch {
	case len(missing) > 0:
		e.Detail = "missing: " + plain.Some(missing)
	case len(r.Withheld) > 0:
		e.Detail = "only for modules under the GPL: " + plain.Some(r.Withheld)
	}
}

// withheld notes the symbols that exist, but not for a module of this license, and
// returns those that are missing.
func (r *Refusal) withheld(names []string) []string {
	if r.err != nil || r.contents.free {
		return names
	}
	missing, unsure, err := r.l.unexported(slices.Clone(names))
	if err != nil {
		return nil
	}
	for _, name := range names {
		if !slices.Contains(missing, name) && !slices.Contains(unsure, name) {
			r.Withheld = append(r.Withheld, name)
		}
	}
	return missing
}
