package diagnose

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/gokmod/gokmod/internal/modparam"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/sys"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// Refused is the reason why the kernel refused a module, with the findings that can
// have caused it. It is the Err of the [kmod.Error] of the insert.
type Refused struct {
	Findings []Finding
	Err      error
}

func (e *Refused) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *Refused) Unwrap() error { return e.Err }

// Explainer returns a function for LoaderConfig.Explain that looks for what is wrong
// with a module that the kernel refused: its architecture or vermagic, its symbols,
// a parameter, its signature. The error of the insert names what it finds, and has
// the findings in a [Refused]. The function keeps what it reads about the kernel,
// so give each Loader its own.
func Explainer() func(*kmod.Refusal) {
	facts := &kernelFacts{}
	return func(r *kmod.Refusal) {
		d := newDiagnoser(r.DB, &Options{Kernel: r.Kernel, Flags: r.Flags}, facts)
		x := &explanation{r: r, e: r.Error, d: d, s: &subject{module: r.Module, name: r.Module.Name, path: r.Module.Path}}
		if asksModule(r.Error.Errno) {
			x.readModule()
			x.explain()
		}
		if len(x.findings) > 0 {
			r.Error.Err = &Refused{x.findings, r.Error.Err}
		}
	}
}

// explanation is the search for what is wrong with a module that the kernel
// refused.
type explanation struct {
	r        *kmod.Refusal
	e        *kmod.Error
	d        *Diagnoser
	s        *subject
	findings []Finding
}

// asksModule reports whether the module can tell what is behind an answer.
func asksModule(errno syscall.Errno) bool {
	switch errno {
	case syscall.ENOEXEC, syscall.ENOENT, syscall.EINVAL, syscall.ERANGE, syscall.ENOSPC:
		return true
	}
	return sys.AboutSignature(errno)
}

func (x *explanation) readModule() {
	image, err := x.r.Image()
	if err != nil {
		x.s.err = err
		return
	}
	x.s.err = x.s.parse(bytes.NewReader(image), int64(len(image)))
}

// explain says more about the kernel's answer.
func (x *explanation) explain() {
	switch errno := x.e.Errno; {
	case errors.Is(x.s.err, modinfo.ErrEmpty): // the error says it
	case errno == syscall.ENOEXEC && x.s.err != nil:
		x.e.Err = fmt.Errorf("%w: %w", kmod.ErrIncompatible, moduleCause(x.s.err))
	case errno == syscall.ENOEXEC:
		x.incompatible()
	case errno == syscall.ENOENT:
		x.unknownSymbol()
	case errno == syscall.EINVAL, errno == syscall.ERANGE, errno == syscall.ENOSPC:
		x.invalid()
	default:
		x.signature()
	}
}

// unknownSymbol reports the symbols that are missing, or that a module of this
// license may not use.
func (x *explanation) unknownSymbol() {
	if len(x.r.Missing) == 0 && len(x.r.Withheld) > 0 {
		x.e.Detail = ""
	}
	for _, name := range x.r.Withheld {
		x.found(*x.s.licenseFinding(name, &provider{}))
	}
	for _, name := range x.r.Missing {
		x.found(*x.s.unknownSymbol(name, sourceKallsyms))
	}
}

// found keeps findings. The first becomes the detail of the error if that has none.
func (x *explanation) found(list ...Finding) {
	for _, f := range list {
		if f.Severity != SeverityWould {
			continue
		}
		x.findings = append(x.findings, f)
		if x.e.Detail == "" {
			x.e.Detail = clause(f.Text)
		}
	}
}

// clause turns a sentence into a part of another. Names of modules keep their case.
func clause(sentence string) string {
	sentence = strings.TrimSuffix(sentence, ".")
	if rest, ok := strings.CutPrefix(sentence, "The "); ok {
		return "the " + rest
	}
	return sentence
}

// incompatible looks for what makes a module unfit for this kernel: it is not a
// module, or is built for another machine or another kernel.
func (x *explanation) incompatible() {
	s := x.s
	x.d.checkMachine(s)
	if len(s.findings) > 0 {
		f := &s.findings[0]
		x.e.Detail = "it is built for " + f.Got + ", the kernel's own modules for " + f.Want
		x.found(s.findings...)
		return
	}
	x.d.checkVermagic(s)
	if wouldFail(s.findings) {
		x.e.Err = kmod.ErrVermagic
		want, _ := x.d.vermagic(s.name)
		x.e.Detail = fmt.Sprintf("the module has %q, the kernel wants %q", strings.TrimSpace(s.info.Vermagic()), want)
	}
	s.findings = slices.DeleteFunc(s.findings, func(f Finding) bool { return f.Severity != SeverityWould })
	if x.e.Err != kmod.ErrVermagic {
		x.d.checkStructure(s)
		x.layout()
	}
	x.found(s.findings...)
}

// layout compares the version that stands for the kernel's data structures with the
// one in the kernel's own modules.
func (x *explanation) layout() {
	want, source, known := x.d.layout(x.s.name)
	if !known || x.d.opts.Flags&live.IgnoreModversions != 0 {
		return
	}
	for i := range x.s.needed {
		if n := &x.s.needed[i]; n.Name == moduleLayout && n.HasCRC && n.CRC != want {
			x.s.add(x.s.layoutFinding(want, n.CRC, source))
		}
	}
	if x.s.damaged != nil && len(x.s.findings) == 0 {
		x.e.Detail = "its symbol versions cannot be read: " + moduleCause(x.s.damaged).Error()
	}
}

// signature looks for what is wrong with a signature that the kernel refused. A
// signature that can be read, refused by a kernel that takes unsigned modules too,
// belongs to another file, or the kernel blacklists it.
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

// invalid looks for the cause of EINVAL and similar answers: a parameter, or a
// symbol of another version than the module was built with.
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
	if len(x.findings) > 0 {
		x.e.Err = kmod.ErrInvalid
	}
}
