package kmod

import (
	"fmt"
	"strings"
)

// Plan says what has to be done to load modules: a graph of steps, listed in an
// order in which they can be carried out one after the other. Making a plan
// reads the disk only; what is loaded already shows when a [Loader] runs it.
// A Plan is not changed once made and safe for concurrent use.
type Plan struct {
	Steps []Step
}

// Action is what a step does.
type Action uint8

// The actions of a step.
const (
	// ActionInsert inserts the module file Path with Params.
	ActionInsert Action = iota

	// ActionBuiltin does nothing: the module is a part of the kernel.
	ActionBuiltin
)

func (a Action) String() string {
	switch a {
	case ActionInsert:
		return "insert"
	case ActionBuiltin:
		return "builtin"
	}
	return fmt.Sprintf("action %d", uint8(a))
}

// Step is one module of a plan. Each module has one step.
type Step struct {
	Action Action
	Module Module

	// Params is the parameter string for the kernel: "name=value" words
	// separated by spaces, with double quotes around a value that has spaces.
	Params string

	// Reasons tell why the step is in the plan, the first one first.
	Reasons []Reason

	// After holds the indexes of the steps that must have succeeded before
	// this one: the module's hard dependencies.
	After []int
}

// Reason is why a step is in a plan.
type Reason struct {
	Kind ReasonKind

	// Of is the name the caller asked for when Kind is ReasonRequested, else
	// the module that causes this step.
	Of string
}

// ReasonKind tells reasons apart.
type ReasonKind uint8

// The kinds of reasons.
const (
	// ReasonRequested: the caller asked for the module, by name or alias.
	ReasonRequested ReasonKind = iota

	// ReasonDependency: another module of the plan needs its symbols, directly
	// or through others.
	ReasonDependency
)

func (r Reason) String() string {
	if r.Kind == ReasonDependency {
		return "hard dependency of " + r.Of
	}
	return "asked for as " + r.Of
}

// String lists the steps as "modprobe --show-depends" does, one a line:
// "insmod PATH PARAMS" or "builtin NAME".
func (p *Plan) String() string {
	var b strings.Builder
	for i := range p.Steps {
		b.WriteString(p.Steps[i].String())
		b.WriteByte('\n')
	}
	return b.String()
}

// String gives the step as "modprobe --show-depends" prints it.
func (s *Step) String() string {
	if s.Action == ActionBuiltin {
		return "builtin " + s.Module.Name
	}
	return "insmod " + s.Module.Path + " " + s.Params
}
