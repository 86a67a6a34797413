package kmod

import (
	"time"

	"github.com/gokmod/gokmod/internal/enum"
)

// Outcome is what became of a step.
type Outcome uint8

// The outcomes of a step.
const (
	// OutcomeNotReached: a step that this one needs failed (Err says which), or the
	// run ended before its turn.
	OutcomeNotReached Outcome = iota

	// OutcomeInserted: inserted by this call. In a dry run: would have been.
	OutcomeInserted

	// OutcomeLive: already in the kernel, or inserted by another call or process at
	// the same time. The parameters of the step were not applied.
	OutcomeLive

	// OutcomeBuiltin: a part of the kernel image.
	OutcomeBuiltin

	// OutcomeRan: the install command succeeded.
	OutcomeRan

	// OutcomeSkipped: left alone, for the reason in Err: ErrBlacklisted,
	// ErrExcluded or ErrNotFound.
	OutcomeSkipped

	// OutcomeNotNeeded: it is in the plan only for modules that are already live, or
	// that cannot be loaded.
	OutcomeNotNeeded

	// OutcomeFailed: for the reason in Err.
	OutcomeFailed

	// OutcomeRemoved: inserted by this call, and removed again because another step
	// failed; see RunOptions.Rollback.
	OutcomeRemoved
)

var outcomeNames = [...]string{
	"not reached", "inserted", "live already", "built in", "ran", "skipped", "not needed", "failed", "removed again",
}

func (o Outcome) String() string { return enum.Name(o, outcomeNames[:], "outcome") }

// done reports whether what needs a step with this outcome can go on.
func (o Outcome) done() bool {
	return o == OutcomeInserted || o == OutcomeLive || o == OutcomeBuiltin || o == OutcomeRan
}

// StepResult is what became of one step of a plan.
type StepResult struct {
	Step    *Step
	Outcome Outcome

	// Err is why the step failed, was skipped or not reached.
	Err error

	// Duration is the time that the step took, mostly in the module's init function
	// or a command; 0 for one that did nothing.
	Duration time.Duration

	// Required: the step is a module that was asked for, or a hard dependency
	// of one, so that its failure is one of the whole call.
	Required bool
}

// Result holds an element for each step of the plan, in the same order.
type Result struct {
	Steps []StepResult
}

// Inserted returns the names of the modules that the call inserted; none for a
// nil Result.
func (r *Result) Inserted() []string {
	if r == nil {
		return nil
	}
	var names []string
	for _, s := range r.Steps {
		if s.Outcome == OutcomeInserted {
			names = append(names, s.Step.Module.Name)
		}
	}
	return names
}
