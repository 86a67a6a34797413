package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/modinfo"
)

// summary says in one line what a diagnosis comes to: the cause and what to do about it, or
// that none is known, and what that leaves open.
func summary(arg string, d *diagnose.Diagnosis) string {
	cause := causeOf(d)
	if d.Severity() > diagnose.SeverityNote {
		return verdict(d.Severity()) + owing(cause, d) + ": " + withAdvice(cause, sentence(cause, arg)+alsoAlike(cause, d))
	}
	text := verdict(diagnose.SeverityNote)
	switch {
	case cause == nil || len(d.Modules) > 1:
	case cause.Kind == diagnose.FindingLoaded, cause.Kind == diagnose.FindingBuiltin:
		return withAdvice(cause, sentence(cause, arg))
	case cause.Kind == diagnose.FindingCapability:
		return text + "; " + withAdvice(cause, sentence(cause, arg))
	}
	return text + leftOpen(d.Unchecked)
}

// causeOf returns the most severe finding, nil if there is none. Of several it is the first:
// the kernel refuses a module that is needed before the one that needs it.
func causeOf(d *diagnose.Diagnosis) (cause *diagnose.Finding) {
	for i := range d.Findings {
		if f := &d.Findings[i]; cause == nil || weight(f) > weight(cause) {
			cause = f
		}
	}
	return cause
}

// weight orders findings of the same severity: a kernel that takes no modules at all does not
// look at them, and one that has the module needs no other file.
func weight(f *diagnose.Finding) int {
	within := 0
	switch f.Kind {
	case diagnose.FindingDisabled, diagnose.FindingLoaded, diagnose.FindingBuiltin:
		within = 2
	case diagnose.FindingCapability:
		within = 1
	}
	return 3*int(f.Severity) + within
}

// owing tells a cause that lies in a module that the requested ones need.
func owing(cause *diagnose.Finding, d *diagnose.Diagnosis) string {
	for i := range d.Modules {
		if d.Modules[i].Name == cause.Module {
			return ""
		}
	}
	return " because of a module that is needed"
}

// sentence is what a finding says, behind the argument and a colon and without a full stop.
func sentence(f *diagnose.Finding, arg string) string {
	text := strings.TrimSuffix(f.Text, ".")
	rest, named := strings.CutPrefix(text, plain.Name(f.Module)+" ")
	if why, cannot := strings.CutPrefix(rest, "cannot be loaded: "); cannot {
		return why // the verdict says the rest
	}
	switch {
	case !named:
		first, size := utf8.DecodeRuneInString(text)
		return string(unicode.ToLower(first)) + text[size:]
	case modinfo.NameFromPath(arg) == f.Module:
		return "it " + rest
	}
	return text
}

// alsoAlike says how many findings differ from one in their symbol or parameter only.
func alsoAlike(cause *diagnose.Finding, d *diagnose.Diagnosis) string {
	more := -1
	for i := range d.Findings {
		if alikeOf(&d.Findings[i]) == alikeOf(cause) {
			more++
		}
	}
	if more < 1 {
		return ""
	}
	return fmt.Sprintf(" (and %d more like this)", more)
}

// withAdvice ends a sentence, and says what to do.
func withAdvice(f *diagnose.Finding, sentence string) string {
	if f.Advice == "" {
		return sentence + "."
	}
	return sentence + ". " + f.Advice
}

// leftOpen says what could have been a reason and was not checked. Signatures are not it:
// whether one is good is never known without the signer's certificate.
func leftOpen(list []diagnose.Unchecked) string {
	at := slices.IndexFunc(list, func(u diagnose.Unchecked) bool { return u.Kind != diagnose.FindingSignature })
	if at < 0 {
		return ""
	}
	return ", but not all was checked: " + list[at].What + "; " + list[at].Why
}
