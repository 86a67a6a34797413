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
	"github.com/gokmod/gokmod/internal/reason"
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
	linking  *linking // nil until needed
}

// asksModule reports whether the module can tell what is behind an answer.
func asksModule(errno syscall.Errno) bool {
	switch errno {
	case syscall.ENOEXEC, syscall.ENOENT, syscall.EINVAL, syscall.ERANGE, syscall.ENOSPC, syscall.EPERM:
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
	case errno == syscall.EPERM:
		x.forbidden()
	case errors.Is(x.s.err, modinfo.ErrEmpty):
		x.unusable()
	case errno == syscall.ENOEXEC && x.s.err != nil:
		x.e.Err = fmt.Errorf("%w: %w", kmod.ErrIncompatible, moduleCause(x.s.err))
		x.unusable()
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

// unusable reports a file that is not a module, of which the error says why.
func (x *explanation) unusable() { x.findings = append(x.findings, *x.s.broken()) }

// forbidden reports what the kernel's EPERM comes from. The error says it, except for what
// lockdown demands.
func (x *explanation) forbidden() {
	step := &kmod.Step{Module: x.r.Module}
	var f *Finding
	switch {
	case errors.Is(x.e.Err, kmod.ErrModulesDisabled):
		f = disabled(step, x.r.Kernel)
	case errors.Is(x.e.Err, kmod.ErrCapability):
		f = incapable(step, SeverityWould)
	case errors.Is(x.e.Err, kmod.ErrLockdown):
		x.signature()
	default:
		f = x.d.keptOut(x.s)
	}
	if f != nil {
		x.findings = append(x.findings, *f)
	}
}

// unknownSymbol reports the symbols that are missing, or that a module of this
// license may not use.
func (x *explanation) unknownSymbol() {
	if errors.Is(x.e.Err, kmod.ErrInit) {
		return // all symbols were there
	}
	l := x.links()
	if len(x.r.Missing)+len(x.r.Withheld) == 0 && x.s.err == nil {
		x.unnamedSymbol(l)
	}
	if len(x.r.Missing) == 0 && len(x.r.Withheld) > 0 {
		x.e.Detail = ""
	}
	for _, name := range x.r.Withheld {
		x.found(*x.s.licenseFinding(name, l.holder(name)))
	}
	for _, name := range x.r.Missing {
		if p := l.unloaded(name); p != nil {
			x.found(*x.s.notLoaded(name, p))
		} else {
			x.found(*l.missing(name))
		}
	}
	if x.all(FindingLicense) {
		x.e.Err = errWithheld
	}
}

// unnamedSymbol looks for the symbol that nobody has named: not the kernel in its log, nor
// the Loader, which leaves modules to this that may not use all symbols.
func (x *explanation) unnamedSymbol(l *linking) {
	for i := range x.s.needed {
		n := &x.s.needed[i]
		if p := l.unloaded(lookupName(n)); p != nil && !n.Weak {
			x.found(*x.s.notLoaded(lookupName(n), p))
		}
	}
	sure := x.linkFindings(FindingSymbol, FindingLicense)
	if sure && len(x.findings) == 0 && !x.s.free() {
		x.e.Err = errWithheldOrInit
	}
}

// errWithheld is what an unknown symbol is that the kernel knows.
var errWithheld = reason.New("the module needs a symbol that is not for modules of its license", kmod.ErrUnknownSymbol)

// errWithheldOrInit is what it is when it is not known which symbols those are.
var errWithheldOrInit = reason.New(
	"the module needs a symbol that is not for modules of its license, or its init function failed", kmod.ErrUnknownSymbol)

// all reports whether there are findings, and all of one kind.
func (x *explanation) all(kind FindingKind) bool {
	return len(x.findings) > 0 && !slices.ContainsFunc(x.findings, func(f Finding) bool { return f.Kind != kind })
}

// links is what is known about the symbols that the module needs.
func (x *explanation) links() *linking {
	if x.linking == nil {
		x.linking = x.d.newLinking(x.s)
	}
	return x.linking
}

// linkFindings keeps findings of some kinds about the symbols of the module. It reports
// whether it is known which symbols there are.
func (x *explanation) linkFindings(kinds ...FindingKind) (sure bool) {
	x.s.findings, x.s.unchecked = nil, nil
	x.links().check()
	for _, f := range x.s.findings {
		if slices.Contains(kinds, f.Kind) && f.Symbol != moduleLayout {
			x.found(f)
		}
	}
	x.s.findings = nil
	return !slices.ContainsFunc(x.s.unchecked, func(u Unchecked) bool { return u.Kind == FindingSymbol })
}

// logFindings keeps what the kernel log says about the symbols of the module, where that
// is not known yet.
func (x *explanation) logFindings() {
	for _, line := range x.e.Log {
		f := x.links().loggedFinding(line)
		same := func(g Finding) bool { return g.Kind == f.Kind && g.Symbol == f.Symbol }
		if f != nil && !slices.ContainsFunc(x.findings, same) {
			x.found(*f)
		}
	}
}

// found keeps findings of what would make loading fail.
func (x *explanation) found(list ...Finding) {
	for _, f := range list {
		if f.Severity == SeverityWould {
			x.keep(f)
		}
	}
}

// keep keeps a finding. The first becomes the detail of the error if that has none.
func (x *explanation) keep(f Finding) {
	x.findings = append(x.findings, f)
	if x.e.Detail == "" {
		x.e.Detail = clause(f.Text)
	}
}

// clause turns a sentence into a part of another. Names of modules keep their case.
func clause(sentence string) string {
	sentence = strings.TrimSuffix(sentence, ".")
	for _, word := range []string{"The ", "There "} {
		if rest, ok := strings.CutPrefix(sentence, word); ok {
			return strings.ToLower(word) + rest
		}
	}
	return sentence
}

// incompatible looks for what makes a module unfit for this kernel: it is not a
// module, is built for another machine or another kernel, or exports what is there.
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
		x.found(s.findings...)
		return
	}
	s.findings = nil
	x.d.checkStructure(s)
	x.layout()
	x.found(s.findings...)
	if len(x.findings) == 0 && x.e.Detail == "" {
		x.linkFindings(FindingDuplicate)
		list, _ := x.d.liveDuplicates(s)
		for _, f := range list {
			x.found(*f)
		}
	}
	x.logFindings()
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

// signature looks for what is wrong with a signature that the kernel refused. A readable
// one, if the kernel takes unsigned modules too or the key is its own, belongs to another
// file, or the kernel blacklists it. That the kernel may not know the key is enough here: it
// has refused the module.
func (x *explanation) signature() {
	f, _ := x.d.checkSignature(x.s)
	sig := x.s.info.Signature
	if f == nil && x.s.err == nil && sig != nil && x.e.Errno == sys.KeyRejected &&
		(!x.d.demands().required() || x.d.ownKey(x.s)) {
		f = x.s.finding(FindingSignature, SeverityWould, "The signature of ", plain.Name(x.s.name),
			" does not belong to the file, which was changed after it was signed, "+
				"or the kernel has the file or its signer on a blacklist.")
		f.Advice = "Get the file again, or sign it again."
	}
	if f != nil {
		x.keep(*f)
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
		if f := x.d.nameTaken(x.s); f != nil {
			x.found(*f)
		}
		x.linkFindings(FindingVersion, FindingNamespace)
		x.logFindings()
	}
	if len(x.findings) > 0 {
		x.e.Err = kmod.ErrInvalid
	}
}
