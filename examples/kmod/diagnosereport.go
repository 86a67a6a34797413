package main

import (
	"strconv"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// diagnosisJSON is a line of "diagnose --json" and of "check --json".
type diagnosisJSON struct {
	Argument  string               `json:"argument"`
	Loads     bool                 `json:"loads"`
	Summary   string               `json:"summary,omitempty"`
	Modules   []kmod.Module        `json:"modules,omitempty"`
	Findings  []diagnose.Finding   `json:"findings"`
	Needs     []string             `json:"needs,omitempty"`
	Unchecked []diagnose.Unchecked `json:"unchecked,omitempty"`
	Error     string               `json:"error,omitempty"` // there is no diagnosis

	Suggestions []string `json:"suggestions,omitempty"` // what the argument may have been meant to be
}

func newDiagnosisJSON(arg string, d *diagnose.Diagnosis) *diagnosisJSON {
	return &diagnosisJSON{Argument: arg, Loads: d.Loads(), Summary: summary(arg, d),
		Modules: d.Modules, Findings: d.Findings, Needs: d.Needs, Unchecked: d.Unchecked}
}

// verdict says in words whether a module loads.
func verdict(s diagnose.Severity) string {
	switch s {
	case diagnose.SeverityWould:
		return "would not load"
	case diagnose.SeverityMight:
		return "might not load"
	}
	return "nothing is known that would keep it from loading"
}

// appendDiagnosis adds a diagnosis for people to read: what it comes to in one line, and the
// details.
func appendDiagnosis(b []byte, arg string, d *diagnose.Diagnosis, verbose bool) []byte {
	b = append(b, plain.Line(arg)+": "+summary(arg, d)+"\n"...)
	b = appendFindings(b, d.Findings, verbose)
	for _, u := range d.Unchecked {
		b = append(b, "  "+u.String()+"\n"...)
	}
	return b
}

// shownAlike is how many findings of the same kind about the same module are
// printed.
const shownAlike = 3

// alike is what findings have in common that are not all printed.
type alike struct {
	module   string
	kind     diagnose.FindingKind
	severity diagnose.Severity
	advice   string
	source   string
}

func alikeOf(f *diagnose.Finding) alike {
	return alike{f.Module, f.Kind, f.Severity, f.Advice, f.Source}
}

// appendFindings adds findings, those that are alike together and with one
// advice and source, in the order of the first of them.
func appendFindings(b []byte, list []diagnose.Finding, verbose bool) []byte {
	groups := map[alike][]*diagnose.Finding{}
	var order []alike
	for i := range list {
		key := alikeOf(&list[i])
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], &list[i])
	}
	only := onlySource(list)
	for _, key := range order {
		b = appendAlike(b, groups[key], verbose)
		if only == "" && key.source != "" {
			b = append(b, "      According to "+plain.Line(key.source)+".\n"...)
		}
	}
	if only != "" {
		b = append(b, "  according to "+plain.Line(only)+"\n"...)
	}
	return b
}

// onlySource is what all findings are taken from that state it, "" for none or several.
func onlySource(list []diagnose.Finding) string {
	only := ""
	for i := range list {
		switch source := list[i].Source; {
		case only == "":
			only = source
		case source != "" && source != only:
			return ""
		}
	}
	return only
}

func appendAlike(b []byte, list []*diagnose.Finding, verbose bool) []byte {
	shown := len(list)
	if !verbose && shown > shownAlike+1 {
		shown = shownAlike
	}
	for i := range list[:shown] {
		b = append(b, "  "+mark(list[i].Severity)+list[i].Text+"\n"...)
	}
	if more := len(list) - shown; more > 0 {
		b = append(b, "  "+mark(list[0].Severity)+"And "+strconv.Itoa(more)+" more like these (see --verbose).\n"...)
	}
	if advice := list[0].Advice; advice != "" {
		b = append(b, "      "+advice+"\n"...)
	}
	return b
}

// mark is what stands before a finding.
func mark(s diagnose.Severity) string {
	switch s {
	case diagnose.SeverityWould:
		return "!! "
	case diagnose.SeverityMight:
		return "!  "
	}
	return "-  "
}
