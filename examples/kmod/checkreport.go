package main

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// checkReport collects what check reports at the end.
type checkReport struct {
	d         *diagnoser
	count     [diagnose.SeverityWould + 1]int // of modules
	failed    int                             // modules that could not be diagnosed
	unchecked map[notChecked]int
	reasons   []notChecked // in order of first occurrence
}

// notChecked is something that could not be checked, for any number of modules.
type notChecked struct {
	kind diagnose.FindingKind
	why  string
}

// report prints what is found about each file, and the sum of it.
func (d *diagnoser) report(made *diagnose.Diagnoser, files []moduleFile) int {
	r := &checkReport{d: d, unchecked: map[notChecked]int{}}
	inOrder(files, aheadDiagnoses, func(file moduleFile) *checked { return d.checkFile(made, file) }, r.add)
	if !d.json {
		r.sum(len(files))
	}
	if r.blind() {
		d.c.say(levelError, "%s", d.noSymbols())
		return failure
	}
	if r.failed > 0 || r.count[diagnose.SeverityWould] > 0 {
		return failure
	}
	return success
}

// blind reports whether the kernel's exports are unknown although a file with
// them was given.
func (r *checkReport) blind() bool {
	return slices.ContainsFunc(r.reasons, func(n notChecked) bool { return n.kind == diagnose.FindingSymbol })
}

// add prints the result for a file.
func (r *checkReport) add(c *checked) {
	if c.err != nil {
		r.failed++
		r.d.fail(c.path, c.err, r.meant(c))
		return
	}
	r.count[c.found.Severity()]++
	r.addUnchecked(c.found.Unchecked)
	own := ofModule(c.found)
	if r.d.json {
		j := newDiagnosisJSON(c.path, c.found)
		j.Findings = own
		r.d.c.stdout.Write(jsonLine(j))
		return
	}
	if r.d.verbose || c.found.Severity() > diagnose.SeverityNote {
		text := append([]byte(nil), plain.Line(c.path)+": "+verdict(c.found.Severity())+"\n"...)
		r.d.c.stdout.Write(appendFindings(text, own, r.d.verbose))
	}
}

// meant returns what the name of a file that does not exist may stand for: files beside it
// or, as the name of a module is not that of a file, the module's file.
func (r *checkReport) meant(c *checked) []string {
	names := r.d.c.similarTo(nil, c.path, c.err)
	if names == nil && r.d.db != nil && errors.Is(c.err, fs.ErrNotExist) {
		return similarModuleFiles(r.d.db, path.Base(c.path))
	}
	return names
}

// addUnchecked counts a file, once for each reason: what it needs has reasons of
// its own.
func (r *checkReport) addUnchecked(list []diagnose.Unchecked) {
	met := map[notChecked]bool{}
	for _, u := range list {
		key := notChecked{u.Kind, u.Why}
		if met[key] {
			continue
		}
		met[key] = true
		if r.unchecked[key] == 0 {
			r.reasons = append(r.reasons, key)
		}
		r.unchecked[key]++
	}
}

// ofModule are the findings about the module itself: what it needs has lines of
// its own, or is not what is checked.
func ofModule(d *diagnose.Diagnosis) []diagnose.Finding {
	own := []diagnose.Finding{}
	for i := range d.Findings {
		if f := &d.Findings[i]; len(d.Modules) > 0 && f.Path == d.Modules[0].Path {
			own = append(own, *f)
		}
	}
	return own
}

// sum prints how many modules would load.
func (r *checkReport) sum(total int) {
	out := r.d.c.stdout
	would, might := r.count[diagnose.SeverityWould], r.count[diagnose.SeverityMight]
	out.WriteString(moduleCount(total) + ": " + strconv.Itoa(r.count[diagnose.SeverityNote]) + " would load")
	for _, n := range []struct {
		count int
		what  string
	}{{might, " might not"}, {would, " would not"}, {r.failed, " could not be checked"}} {
		if n.count > 0 {
			out.WriteString(", " + strconv.Itoa(n.count) + n.what)
		}
	}
	out.WriteString("\n")
	for _, key := range r.reasons {
		out.WriteString("not checked: " + subjectOf(key.kind) + " of " + moduleCount(r.unchecked[key]) + "; " + key.why + "\n")
	}
}

// moduleCount is a number of modules in words.
func moduleCount(n int) string {
	if n == 1 {
		return "1 module"
	}
	return strconv.Itoa(n) + " modules"
}

// subjectOf says what findings of a kind are about.
func subjectOf(kind diagnose.FindingKind) string {
	switch kind {
	case diagnose.FindingSymbol:
		return "whether the kernel has all symbols"
	case diagnose.FindingFile:
		return "whether files that cannot be read have the missing symbols"
	case diagnose.FindingVersion:
		return "versions, licenses and namespaces of symbols"
	}
	return "the " + kind.String()
}
