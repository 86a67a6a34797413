package closure

import (
	"slices"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
)

// Warning is something that a [Closure] may lack.
type Warning struct {
	Kind WarningKind `json:"kind"`

	// Module is the name of the module that is missing, left out, or concerned.
	Module string `json:"module"`

	// Reason is what would have brought the module in; the zero value if the module
	// is in the closure.
	Reason kmod.Reason `json:"reason,omitzero"`

	// Origin is the line of configuration concerned, nil for none.
	Origin *kmod.Origin `json:"origin,omitempty"`

	// Text says what is wrong.
	Text string `json:"text"`
}

func (w Warning) String() string {
	text := plain.Name(w.Module) + ": " + w.Text
	if w.Kind != WarnMachine {
		text = "module " + text
	}
	if w.Origin != nil {
		text += " (" + w.Origin.String() + ")"
	}
	return text
}

// WarningKind tells warnings apart.
type WarningKind uint8

// The kinds of warnings.
const (
	// WarnMissing: a soft or weak dependency, or what an alias stands for, is not a
	// module, or its file cannot be read.
	WarnMissing WarningKind = iota

	// WarnBlacklisted: a module was left out because of a blacklist line.
	WarnBlacklisted

	// WarnExcluded: a module was left out because the caller excludes it, or
	// because Options.Exclude or Keep leave out one that it needs.
	WarnExcluded

	// WarnCommand: an install or remove line runs a command, and the programs
	// that it needs are not in the closure.
	WarnCommand

	// WarnFirmware: a module gives a firmware name that is refused.
	WarnFirmware

	// WarnSelection: an optional selection selects nothing.
	WarnSelection

	// WarnMachine: something that Options.Machine needs could not be found out.
	// Module is then what the reasons call it, such as "machine:mount:/".
	WarnMachine
)

var warningNames = [...]string{"missing", "blacklisted", "excluded", "command", "firmware", "selection", "machine"}

func (k WarningKind) String() string { return enum.Name(k, warningNames[:], "warning") }

// MarshalText returns the name of the kind.
func (k WarningKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (k *WarningKind) UnmarshalText(text []byte) error {
	return enum.Parse(k, warningNames[:], text, "warning")
}

// maxWarnings bounds the warnings of one kind, of which hostile files
// could make any number.
const maxWarnings = 10000

// warn adds a warning.
func (b *builder) warn(w Warning) {
	if b.warned[w.Kind]++; b.warned[w.Kind] <= maxWarnings {
		b.closure.Warnings = append(b.closure.Warnings, w)
	}
}

// warnSkipped tells of the modules that were left out, first of those that nothing
// but a request or a dependency names.
func (b *builder) warnSkipped(steps []*kmod.Step) {
	var named []*kmod.Step
	for _, s := range steps {
		if b.isNamed(s) {
			named = append(named, s)
		} else {
			b.warnUnnamed(s)
		}
	}
	for _, s := range named {
		b.warnLeftOut(s, s.Reasons[0])
	}
}

// isNamed reports whether an alias or a command is for a module that is not there.
func (b *builder) isNamed(s *kmod.Step) bool {
	install, remove := b.db.Commands(s.Module.Name)
	return s.Skip.Kind == kmod.SkipMissing && (s.Module.Alias != "" || install != nil || remove != nil)
}

// warnUnnamed tells of a module that was left out and that nothing but requests and
// dependencies name. A device that no module is for is nothing unusual.
// Nor does the caller need to hear of what it left out module by module.
func (b *builder) warnUnnamed(s *kmod.Step) {
	if s.Skip.Kind == kmod.SkipExcluded && b.unkept[s.Module.Name] {
		return
	}
	at := 0
	if s.Skip.Kind == kmod.SkipMissing {
		at = slices.IndexFunc(s.Reasons, func(r kmod.Reason) bool { return r.Kind != kmod.ReasonRequested })
	}
	if at >= 0 {
		b.warnLeftOut(s, s.Reasons[at])
	}
}

// warnLeftOut tells of a module that was left out.
func (b *builder) warnLeftOut(s *kmod.Step, why kmod.Reason) {
	w := Warning{Module: s.Module.Name, Reason: why, Origin: s.Skip.Origin}
	switch s.Skip.Kind {
	case kmod.SkipBlacklisted:
		w.Kind, w.Text = WarnBlacklisted, "it is blacklisted, and left out"
	case kmod.SkipExcluded:
		w.Kind, w.Text = WarnExcluded, "it is excluded, or needs what is, and left out"
	default:
		w.Kind, w.Text, w.Origin = WarnMissing, "it is not there", why.Origin
	}
	w.Text += ": " + why.String()
	b.warn(w)
}

// sortWarnings puts the warnings of one kind together.
func (b *builder) sortWarnings() {
	slices.SortStableFunc(b.closure.Warnings, func(a, b Warning) int { return int(a.Kind) - int(b.Kind) })
}
