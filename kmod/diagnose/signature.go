package diagnose

import (
	"encoding/hex"
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod/live"
)

// demands are what a kernel demands of signatures.
type demands struct {
	asked    bool // a running kernel was asked
	checks   bool // the kernel checks signatures
	ignores  bool // the kernel is built without signature checks
	enforced bool // it refuses modules without a valid signature
	locked   bool // it does so because it is locked down
}

// required reports whether the kernel takes signed modules only.
func (w demands) required() bool { return w.enforced || w.locked }

// demands finds out what the kernel demands.
func (d *Diagnoser) demands() demands {
	want := demands{enforced: d.opts.RequireSignature, checks: d.opts.RequireSignature}
	if d.opts.Kernel == nil {
		return want
	}
	want.asked = true
	sys := d.opts.Kernel.Sys()
	word, err := kernfs.Read(sys, "module/module/parameters/sig_enforce")
	if err == nil {
		want.checks = true
		want.enforced = want.enforced || word == "Y" || word == "1"
	}
	if kernfs.Locked(sys) {
		want.locked, want.checks = true, true
	}
	want.ignores = !want.checks && errors.Is(err, fs.ErrNotExist) && kernfs.Exists(sys, "module")
	return want
}

// checkSignature checks the signature as far as possible without the kernel's keys.
// A kernel that checks signatures refuses one that is damaged, or was not made for
// the module, even if it takes unsigned modules.
func (d *Diagnoser) checkSignature(s *subject) (*Finding, *Unchecked) {
	if s.err != nil {
		return nil, nil
	}
	want := d.demands()
	required := want.required()
	sig := s.info.Signature
	switch {
	case required && d.opts.Flags&live.ForceInsert != 0:
		f := s.signatureFinding(SeverityWould, " is to be loaded by force, which makes its signature worthless", want)
		return f, nil
	case sig == nil && required:
		return s.signatureFinding(SeverityWould, " is not signed", want), nil
	case sig == nil:
		return nil, want.unsignedUnchecked()
	case sig.Err != nil:
		return s.damagedSignature(want), nil
	case sig.ID != "PKCS#7" && required:
		return s.signatureFinding(SeverityWould, " has a signature of the kind "+sig.ID+", which kernels do not read", want), nil
	case required:
		return d.checkKey(s, want)
	case want.ignores:
		return nil, nil
	case sig.ID != "PKCS#7":
		return s.unreadSignature(), want.unsignedUnchecked()
	}
	return nil, s.unverified()
}

// unsignedUnchecked is what is not known about a module without a signature that
// counts when no kernel was asked.
func (w demands) unsignedUnchecked() *Unchecked {
	if w.asked {
		return nil
	}
	return &Unchecked{FindingSignature, "whether the kernel takes unsigned modules",
		"no running kernel was asked"}
}

// unreadSignature reports a signature of a kind that the kernel ignores.
func (s *subject) unreadSignature() *Finding {
	f := s.finding(FindingSignature, SeverityNote, plain.Name(s.name), " has a signature of the kind ", s.info.Signature.ID,
		", which kernels do not read: they take the module for an unsigned one.")
	f.Advice = "Sign the module again."
	return f
}

// unverified is what is not known about a signature that looks right.
func (s *subject) unverified() *Unchecked {
	return &Unchecked{FindingSignature, "whether the signature of " + plain.Name(s.name) + " belongs to the file",
		"that takes the signer's certificate"}
}

// damagedSignature reports a signature that cannot be read.
func (s *subject) damagedSignature(want demands) *Finding {
	severity, end := SeverityMight, "."
	switch {
	case want.checks:
		severity = SeverityWould
	case want.ignores:
		severity, end = SeverityNote, ", which does not matter to this kernel, as it checks none."
	}
	f := s.finding(FindingSignature, severity, "The signature of ", plain.Name(s.name), " is damaged: ",
		s.info.Signature.Err.Error(), end)
	f.Advice = "Get the file again, or sign it again."
	return f
}

// checkKey compares the key with that of the kernel's own modules' signatures.
func (d *Diagnoser) checkKey(s *subject, want demands) (*Finding, *Unchecked) {
	sig := s.info.Signature
	p, ok := d.peer(s.name)
	switch {
	case !ok || p.key == "":
		return nil, &Unchecked{FindingSignature, "whether the kernel knows the key of " + plain.Quote(sig.Signer), "there is no signed module of the kernel to compare with"}
	case d.ownKey(s):
		return nil, s.unverified()
	}
	f := s.signatureFinding(SeverityMight, " is signed by "+plain.Quote(sig.Signer)+" with another key than the kernel's own modules", want)
	f.Want, f.Got = hex.EncodeToString([]byte(p.key)), hex.EncodeToString(sig.Key)
	f.Advice = "Make sure that the kernel has the certificate, as one of its own or as a machine owner key."
	return f, nil
}

// ownKey reports whether a module is signed with the key of the kernel's own modules.
func (d *Diagnoser) ownKey(s *subject) bool {
	p, ok := d.peer(s.name)
	return ok && p.key != "" && p.key == string(s.info.Signature.Key) && p.signer == s.info.Signature.Signer
}

// signatureFinding reports a module that does not meet the kernel's demands.
func (s *subject) signatureFinding(severity Severity, text string, want demands) *Finding {
	why := ", and the kernel takes signed modules only."
	if want.locked && !want.enforced {
		why = ", and the kernel is locked down."
	}
	f := s.finding(FindingSignature, severity, plain.Name(s.name), text, why)
	f.Advice = "Sign the module with a key that the kernel knows."
	return f
}
