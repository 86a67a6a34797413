package diagnose

import (
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod"
)

// Diagnosis says what keeps a module from being loaded. It is data that package
// encoding/json can marshal.
type Diagnosis struct {
	// Modules are the requested ones: one module, or all that an alias stands for.
	Modules []kmod.Module `json:"modules"`

	// Findings are in loading order: those about dependencies come before those
	// about the requested modules.
	Findings []Finding `json:"findings"`

	// Needs are the names of the modules whose symbols the requested ones use.
	Needs []string `json:"needs,omitempty"`

	// Unchecked says what could not be checked.
	Unchecked []Unchecked `json:"unchecked,omitempty"`
}

// Unchecked is something that could not be checked.
type Unchecked struct {
	Kind FindingKind `json:"kind"` // of the findings that the check might have made

	// What was not checked, as in "the versions of 12 symbols of the kernel",
	// and Why, as in "there is no Module.symvers".
	What string `json:"what"`
	Why  string `json:"why"`
}

// String is the sentence "not checked: the vermagic; no module of … is known".
func (u Unchecked) String() string { return "not checked: " + u.What + "; " + u.Why }

// Severity returns that of the most severe finding, SeverityNote when there is none.
func (d *Diagnosis) Severity() Severity { return worst(d.Findings) }

// worst is the severity of the most severe of some findings.
func worst(list []Finding) Severity {
	gravest := SeverityNote
	for i := range list {
		gravest = max(gravest, list[i].Severity)
	}
	return gravest
}

// Loads reports whether none of the findings would make loading fail.
func (d *Diagnosis) Loads() bool { return d.Severity() < SeverityWould }

// String lists the sentences of the findings, one per line, with their advice.
func (d *Diagnosis) String() string {
	var b strings.Builder
	for i := range d.Findings {
		b.WriteString(d.Findings[i].Text)
		if advice := d.Findings[i].Advice; advice != "" {
			b.WriteString(" " + advice)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// addUnchecked notes what could not be checked, once.
func (d *Diagnosis) addUnchecked(list ...Unchecked) {
	for _, u := range list {
		if !slices.Contains(d.Unchecked, u) {
			d.Unchecked = append(d.Unchecked, u)
		}
	}
}
