package kmod

import (
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/enum"
	"github.com/gokmod/gokmod/internal/plain"
)

// Plan says what has to be done to load modules: a graph of steps, listed in an
// order in which they can be carried out one after the other. Making a plan
// reads the disk only; what is already loaded shows when a [Loader] runs it. A Plan
// does not change once made and is safe for concurrent use. If you make or change
// one, keep to the order of its steps: each may only wait for earlier ones.
//
// It is data: String prints it as "modprobe --show-depends" does, DOT and
// Mermaid as a picture, and package encoding/json writes and reads it. A [Loader]
// whose DB is for the same release below the same root runs what was read.
type Plan struct {
	Steps []Step `json:"steps"`
}

// Step is one module of a plan. Each module has one step.
type Step struct {
	Action Action `json:"action"`
	Module Module `json:"module"`

	// Params is the parameter string for the kernel: "name=value" words
	// separated by spaces, with double quotes around a value that has spaces.
	// They come from ParamSources.
	Params string `json:"params,omitempty"`

	// ParamSources are the pieces of Params with their origins, in order.
	ParamSources []ParamSource `json:"options,omitempty"`

	// Command is what to run for ActionCommand, else nil.
	Command *Command `json:"command,omitempty"`

	// Skip says why nothing is done for ActionSkip, else nil.
	Skip *Skip `json:"skip,omitempty"`

	// Reasons say why the step is in the plan, the main one first.
	Reasons []Reason `json:"reasons"`

	// Needs holds the indexes of the steps that must have succeeded before
	// this one: the module's hard dependencies, direct and indirect.
	Needs []int `json:"needs,omitempty"`

	// After holds the indexes of the steps that must have ended before this one,
	// successfully or not: soft dependencies.
	After []int `json:"after,omitempty"`

	// Weak are the names of the module's weak dependencies, which are not loaded
	// without PlanOptions.Weakdeps; see weakdep in modprobe.d(5).
	Weak []string `json:"weak,omitempty"`

	aliases []string // that it was requested by
}

// Requested reports whether the caller asked for the step's module. A step without
// reasons, in a plan that the caller made itself, counts as requested.
func (s *Step) Requested() bool {
	return len(s.Reasons) == 0 || slices.ContainsFunc(s.Reasons, func(r Reason) bool { return r.Kind == ReasonRequested })
}

// Action is what a step does.
type Action uint8

// The actions of a step.
const (
	// ActionInsert inserts the module file Path with Params.
	ActionInsert Action = iota

	// ActionBuiltin does nothing: the module is a part of the kernel.
	ActionBuiltin

	// ActionCommand runs the command of an install line instead.
	ActionCommand

	// ActionSkip does nothing, for the reason in Skip.
	ActionSkip
)

var actionNames = [...]string{"insert", "builtin", "install", "skip"}

func (a Action) String() string { return enum.Name(a, actionNames[:], "action") }

// MarshalText returns the name of the action.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (a *Action) UnmarshalText(text []byte) error {
	return enum.Parse(a, actionNames[:], text, "action")
}

// ParamSource is a piece of a parameter string.
type ParamSource struct {
	Params string `json:"params"`

	// Origin is the line of configuration, nil for what the caller gave.
	Origin *Origin `json:"origin,omitempty"`
}

// Skip is why a step does nothing.
type Skip struct {
	Kind SkipKind `json:"why"`

	// Origin is the line of configuration that says so, where there is one.
	Origin *Origin `json:"origin,omitempty"`

	// Optional: whoever requested the missing module can do without it (see
	// PlanOptions.SkipUnknown), so that a run does not fail for its sake.
	Optional bool `json:"optional,omitempty"`
}

// SkipKind tells the reasons for doing nothing apart.
type SkipKind uint8

// The reasons for doing nothing.
const (
	// SkipBlacklisted: a blacklist line names the module.
	SkipBlacklisted SkipKind = iota

	// SkipMissing: an alias, a soft dependency or an optional request names the module,
	// but there is none of that name.
	SkipMissing

	// SkipExcluded: PlanOptions.Exclude or Keep leave out the module, or one that it
	// needs.
	SkipExcluded
)

var skipNames = [...]string{"blacklisted", "missing", "excluded"}

func (k SkipKind) String() string { return enum.Name(k, skipNames[:], "reason") }

// MarshalText returns the name of the reason.
func (k SkipKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the reverse of MarshalText.
func (k *SkipKind) UnmarshalText(text []byte) error {
	return enum.Parse(k, skipNames[:], text, "reason")
}

// Reason is why a step is in a plan.
type Reason struct {
	Kind ReasonKind `json:"kind"`

	// Of is the name the caller asked for when Kind is ReasonRequested, else
	// the module that causes this step.
	Of string `json:"of"`

	// Origin is the line of configuration that says so, nil for what modules.dep
	// says, or the caller unless in [Request].Origin.
	Origin *Origin `json:"origin,omitempty"`
}

// ReasonKind tells reasons apart.
type ReasonKind uint8

// The kinds of reasons.
const (
	// ReasonRequested: the caller asked for the module, by name or alias.
	ReasonRequested ReasonKind = iota

	// ReasonDependency: another module of the plan needs its symbols, directly or
	// indirectly.
	ReasonDependency

	// ReasonSoftPre and ReasonSoftPost: another module of the plan works better if
	// this one is loaded before or after it; see softdep in modprobe.d(5).
	ReasonSoftPre
	ReasonSoftPost

	// ReasonWeak: another module of the plan may ask for it by itself; see
	// weakdep in modprobe.d(5) and PlanOptions.Weakdeps.
	ReasonWeak
)

var reasonNames = [...]string{"requested", "dependency", "softpre", "softpost", "weak"}

// MarshalText returns the name of the kind.
func (k ReasonKind) MarshalText() ([]byte, error) {
	return []byte(enum.Name(k, reasonNames[:], "reason")), nil
}

// UnmarshalText is the reverse of MarshalText.
func (k *ReasonKind) UnmarshalText(text []byte) error {
	return enum.Parse(k, reasonNames[:], text, "reason")
}

func (r Reason) String() string {
	switch r.Kind {
	case ReasonDependency:
		return "hard dependency of " + plain.Name(r.Of)
	case ReasonSoftPre:
		return "soft pre dependency of " + plain.Name(r.Of)
	case ReasonSoftPost:
		return "soft post dependency of " + plain.Name(r.Of)
	case ReasonWeak:
		return "weak dependency of " + plain.Name(r.Of)
	}
	return "asked for as " + plain.Name(r.Of)
}

// equal reports whether two reasons are the same.
func (r Reason) equal(other Reason) bool {
	if r.Origin != nil && other.Origin != nil && *r.Origin == *other.Origin {
		r.Origin = other.Origin
	}
	return r == other
}

// String lists the steps as "modprobe --show-depends" does, one per line:
// "insmod PATH PARAMS", "install COMMAND PARAMS" or "builtin NAME". It leaves out
// steps that are skipped.
func (p *Plan) String() string {
	var b strings.Builder
	steps := p.steps()
	for i := range steps {
		if s := &steps[i]; s.Action != ActionSkip {
			b.WriteString(s.String())
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// String returns the step as "modprobe --show-depends" prints it.
func (s *Step) String() string {
	switch s.Action {
	case ActionBuiltin:
		return "builtin " + s.Module.Name
	case ActionCommand:
		return "install " + s.commandText() + " " + s.shownParams()
	case ActionSkip:
		return "skip " + s.Module.Name + " (" + s.skipReason() + ")"
	}
	return "insmod " + s.Module.Path + " " + s.shownParams()
}

// steps returns the steps of the plan, none for a nil plan.
func (p *Plan) steps() []Step {
	if p == nil {
		return nil
	}
	return p.Steps
}

// commandText and skipReason are for showing a step, which may lack them if it was
// not made by a DB.
func (s *Step) commandText() string {
	if s.Command == nil {
		return ""
	}
	return s.Command.Text
}

func (s *Step) skipReason() string {
	if s.Skip == nil {
		return "for no reason"
	}
	return s.Skip.Kind.String()
}

// shownParams returns the parameters, with a space after those of the configuration.
func (s *Step) shownParams() string {
	if n := len(s.ParamSources); n > 0 && s.ParamSources[n-1].Origin != nil {
		return s.Params + " "
	}
	return s.Params
}

// chain names the modules that led to a step, from its own to a requested one.
// position has the step of each module.
func (p *Plan) chain(i int, position map[string]int) []string {
	names := []string{p.Steps[i].Module.Name}
	for known := true; known && len(names) <= len(p.Steps); {
		s := &p.Steps[i]
		if len(s.Reasons) == 0 || s.Reasons[0].Kind == ReasonRequested {
			break
		}
		names = append(names, s.Reasons[0].Of)
		i, known = position[s.Reasons[0].Of]
	}
	return names
}
