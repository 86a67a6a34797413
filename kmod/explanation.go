package kmod

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/modfile"

	"github.com/gokmod/gokmod/internal/modparam"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/reason"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// explanation is the search for what is wrong with a module that the kernel
// refused.
type explanation struct {
	l *Loader
	e *InsertError
	d *Diagnoser
	s *subject
}

// asksModule reports whether the module can tell what stands behind an answer.
func (x *explanation) asksModule(errno syscall.Errno) bool {
	switch errno {
	case syscall.ENOEXEC, syscall.ENOENT, syscall.EINVAL, syscall.ERANGE, syscall.ENOSPC:
		return true
	case syscall.EPERM:
		return kernfs.Blacklist(x.l.kernel.Proc()) != nil // which has its own name
	}
	return sys.AboutSignature(errno)
}

func (x *explanation) readModule(file *modfile.File) {
	image, err := file.Image()
	if err != nil {
		x.s.err = err
		return
	}
	defer image.Release()
	x.s.err = x.s.parse(bytes.NewReader(image.Bytes), int64(len(image.Bytes)))
}

// otherName finds out which module is in the way, if the kernel has none of the
// name that was taken for this one's.
func (x *explanation) otherName(file *modfile.File) {
	known := x.l.knownName(x.s.module)
	if status, _ := x.l.liveStatus(known); status != live.StatusAbsent {
		return
	}
	if x.s.own == "" && x.s.err == nil {
		x.readModule(file)
	}
	if x.s.own == "" {
		return
	}
	x.l.db.remember(x.s.module, x.s.own)
	if x.s.own != known {
		x.e.own = x.s.own
		x.e.Detail = "its own name is " + plain.Name(x.s.own)
	}
}

// explain says more about an answer. logged tells that the log is there, and
// complete.
func (x *explanation) explain(errno syscall.Errno, logged bool) {
	switch {
	case errno == syscall.EPERM: // the kernel did not look at the file
		x.e.Err = x.l.permissionReason(x.s.kernelName())
	case errors.Is(x.s.err, modinfo.ErrEmpty):
		x.e.Err = reason.New("the file is empty", errors.Join(ErrIncompatible, x.s.err))
	case errno == syscall.ENOEXEC:
		x.incompatible()
	case errno == syscall.ENOENT:
		x.unknownSymbol(logged)
	case errno == syscall.EINVAL, errno == syscall.ERANGE, errno == syscall.ENOSPC:
		x.invalid()
	case sys.AboutSignature(errno):
		x.signature()
	case (errno == syscall.ENODEV || errno == syscall.ENXIO) && len(x.e.Log) == 0:
		x.e.Detail = "it found no device to drive"
	}
}

// found keeps findings, the first of which is the detail of the error unless
// that has one.
func (x *explanation) found(list ...Finding) {
	for _, f := range list {
		if f.Severity != SeverityWould {
			continue
		}
		x.e.Findings = append(x.e.Findings, f)
		if x.e.Detail == "" {
			x.e.Detail = clause(f.Text)
		}
	}
}

// clause makes a sentence a part of another. Names of modules stay as they are.
func clause(sentence string) string {
	sentence = strings.TrimSuffix(sentence, ".")
	if rest, ok := strings.CutPrefix(sentence, "The "); ok {
		return "the " + rest
	}
	return sentence
}

// incompatible looks for what makes a module none of this kernel: it is not a
// module, or is built for another machine or another kernel.
func (x *explanation) incompatible() {
	s := x.s
	if s.err != nil {
		x.e.Err = fmt.Errorf("%w: %w", ErrIncompatible, moduleCause(s.err))
		return
	}
	x.d.checkMachine(s)
	if len(s.findings) > 0 {
		f := &s.findings[0]
		x.e.Detail = "it is built for " + f.Got + ", the kernel's own modules for " + f.Want
		x.found(s.findings...)
		return
	}
	x.d.checkVermagic(s)
	if wouldFail(s.findings) {
		x.e.Err = ErrVermagic
		x.e.Detail = fmt.Sprintf("the module has %q, the kernel wants %q", strings.TrimSpace(s.info.Vermagic()), x.d.vermagic(s.name))
	} else if hasRefusal(x.e.Log, ": version magic ") {
		x.e.Err = ErrVermagic
	}
	s.findings = slices.DeleteFunc(s.findings, func(f Finding) bool { return f.Severity != SeverityWould })
	if x.e.Err != ErrVermagic {
		x.d.checkStructure(s)
		x.layout()
	}
	x.found(s.findings...)
}

// layout compares the version that stands for the kernel's data structures with
// that of its own modules.
func (x *explanation) layout() {
	want, known := x.d.layout(x.s.name)
	if !known || x.d.opts.Flags&live.IgnoreModversions != 0 {
		return
	}
	for i := range x.s.needed {
		if n := &x.s.needed[i]; n.Name == moduleLayout && n.HasCRC && n.CRC != want {
			x.s.add(x.s.layoutFinding(want, n.CRC))
		}
	}
	if x.s.damaged != nil && len(x.s.findings) == 0 {
		x.e.Detail = "its symbol versions cannot be read: " + moduleCause(x.s.damaged).Error()
	}
}

// signature looks for what is wrong with a signature that the kernel refused. One
// that can be read, in a kernel that takes unsigned modules too, has the digest of
// another file, or is one of those that the kernel never accepts.
func (x *explanation) signature() {
	f, _ := x.d.checkSignature(x.s)
	sig := x.s.info.Signature
	if f == nil && x.s.err == nil && sig != nil && x.e.Errno == sys.KeyRejected && !x.d.demands().required() {
		f = x.s.finding(FindingSignature, SeverityWould, "The signature of ", plain.Name(x.s.name),
			" does not belong to the file, which was changed after it was signed, "+
				"or the kernel has the file or its signer on a blacklist.")
		f.Advice = "Get the file again, or sign it again."
	}
	if f != nil {
		x.found(*f)
	}
}

// invalid looks for what EINVAL and its like mean: a parameter, or a symbol that
// is not the one that the module was built with.
func (x *explanation) invalid() {
	if x.s.err != nil {
		return
	}
	known := x.s.info.Params()
	for _, arg := range modparam.Split(x.e.Params) {
		if f := x.s.checkArgument(known, arg); f != nil {
			x.found(*f)
		}
	}
	if x.e.Errno == syscall.EINVAL {
		if sig := x.s.info.Signature; sig != nil && sig.Err != nil {
			x.signature()
		}
		x.d.compareDependencies(x.s)
		x.found(x.s.findings...)
	}
	if len(x.e.Findings) > 0 {
		x.e.Err = ErrInvalid
	}
}

// hasRefusal reports whether a line has one of the forms of refusals.
func hasRefusal(lines []string, form string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, form) })
}
