package kmod

import (
	"slices"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/internal/plain"
)

// ClosureWarning is something that a [Closure] may lack.
type ClosureWarning struct {
	Kind ClosureWarningKind `json:"kind"`

	// Module is the name of the module that is missing, left out, or concerned.
	Module string `json:"module"`

	// Reason is what would have brought the module in, the zero value where it
	// is in the closure.
	Reason Reason `json:"reason,omitzero"`

	// Origin is the line of configuration that is concerned, where there is one.
	Origin *Origin `json:"origin,omitempty"`

	// Text says what is the matter.
	Text string `json:"text"`
}

func (w ClosureWarning) String() string {
	text := "module " + plain.Name(w.Module) + ": " + w.Text
	if w.Origin != nil {
		text += " (" + w.Origin.String() + ")"
	}
	return text
}

// ClosureWarningKind tells warnings apart.
type ClosureWarningKind uint8

// The kinds of warnings.
const (
	// WarnMissing: a soft or weak dependency, or what an alias stands for, is no
	// module, or its file cannot be read.
	WarnMissing ClosureWarningKind = iota

	// WarnBlacklisted: a module was left out because of a blacklist line.
	WarnBlacklisted

	// WarnExcluded: a module was left out because the caller said so.
	WarnExcluded

	// WarnCommand: an install or remove line runs a command, and the programs
	// that it needs are not in the closure.
	WarnCommand

	// WarnFirmware: a module names firmware in a way that is not accepted.
	WarnFirmware

	// WarnSelection: a selection that need not select anything did not.
	WarnSelection
)

var warningNames = [...]string{"missing", "blacklisted", "excluded", "command", "firmware", "selection"}

func (k ClosureWarningKind) String() string { return enum.Name(k, warningNames[:], "warning") }

// MarshalText gives the name of the kind.
func (k ClosureWarningKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (k *ClosureWarningKind) UnmarshalText(text []byte) error {
	return enum.Parse(k, warningNames[:], text, "warning")
}

// maxClosureWarnings bounds the warnings of one kind, of which hostile files
// could make any number.
const maxClosureWarnings = 10000

// warn adds a warning.
func (b *closureBuilder) warn(w ClosureWarning) {
	if b.warned[w.Kind]++; b.warned[w.Kind] <= maxClosureWarnings {
		b.closure.Warnings = append(b.closure.Warnings, w)
	}
}

// skippedWarnings tells of the modules that were left out.
func (b *closureBuilder) skippedWarnings() {
	for i := range b.p.skipped {
		s := &b.p.skipped[i]
		if _, planned := b.p.index[s.Module.Name]; planned {
			continue
		}
		w := ClosureWarning{Module: s.Module.Name, Reason: s.Reasons[0], Origin: s.Skip.Origin}
		switch s.Skip.Kind {
		case SkipBlacklisted:
			w.Kind, w.Text = WarnBlacklisted, "it is blacklisted, and left out"
		case SkipExcluded:
			w.Kind, w.Text = WarnExcluded, "it is excluded, or needs what is, and left out"
		default:
			w.Kind, w.Text, w.Origin = WarnMissing, "it is not there", s.Reasons[0].Origin
		}
		w.Text += ": " + s.Reasons[0].String()
		b.warn(w)
	}
}

// sortWarnings puts the warnings of one kind together.
func (b *closureBuilder) sortWarnings() {
	slices.SortStableFunc(b.closure.Warnings, func(a, b ClosureWarning) int { return int(a.Kind) - int(b.Kind) })
}
