package main

import (
	"context"
	"slices"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
)

// load carries out the plan for an argument. As kmod does, it continues with
// the next module of an alias when one fails, and the last one determines the
// exit status.
func (p *prober) load(plan *kmod.Plan) int {
	var modules []string
	for i := range plan.Steps {
		if requested(&plan.Steps[i]) {
			modules = append(modules, plan.Steps[i].Module.Name)
		}
	}
	result, err := p.carryOut(plan, len(modules) > 1)
	return p.report(modules, result, err)
}

// requested reports whether the module of a step was requested.
func requested(s *kmod.Step) bool {
	return slices.ContainsFunc(s.Reasons, func(r kmod.Reason) bool { return r.Kind == kmod.ReasonRequested })
}

// carryOut runs a plan: step by step if the steps are shown, or if commands
// might interfere with each other, otherwise concurrently.
func (p *prober) carryOut(plan *kmod.Plan, keepGoing bool) (*kmod.Result, error) {
	opts := &kmod.RunOptions{Flags: p.flags, DryRun: p.dryRun, KeepGoing: keepGoing}
	cfg := &kmod.LoaderConfig{Kernel: p.c.kernel, Command: p.runCommand, Explain: diagnose.Explainer()}
	if p.c.verbosity >= levelNotice {
		opts.Start, opts.Done = p.announce, p.rehearsed
		cfg.Parallel = 1
	}
	if hasCommand(plan) {
		cfg.Parallel = 1
	}
	return kmod.NewLoader(p.db, cfg).Run(context.Background(), plan, opts)
}

// hasCommand reports whether a plan runs commands.
func hasCommand(plan *kmod.Plan) bool {
	return slices.ContainsFunc(plan.Steps, func(s kmod.Step) bool { return s.Action == kmod.ActionCommand })
}

// announce shows a step before it is taken.
func (p *prober) announce(s *kmod.Step) {
	if !p.dryRun && !p.live(s.Module.Name) {
		p.c.show(s.String())
	}
}

// rehearsed shows a step that would have been taken.
func (p *prober) rehearsed(s *kmod.StepResult) {
	if p.dryRun && (s.Outcome == kmod.OutcomeInserted || s.Outcome == kmod.OutcomeRan) {
		p.c.show(s.Step.String())
	}
}

// report reports the outcome for the modules of an argument. err is the error
// of the run.
func (p *prober) report(modules []string, result *kmod.Result, err error) int {
	status := success
	for _, name := range modules {
		at := slices.IndexFunc(result.Steps, func(s kmod.StepResult) bool { return s.Step.Module.Name == name })
		if at >= 0 {
			status = p.reportStep(&result.Steps[at], err)
		}
	}
	return status
}

func (p *prober) reportStep(s *kmod.StepResult, err error) int {
	switch s.Outcome {
	case kmod.OutcomeLive, kmod.OutcomeBuiltin:
		return p.alreadyThere(s.Step.Module.Name)
	case kmod.OutcomeFailed:
		return p.notInserted(s.Step.Module.Name, s.Err)
	case kmod.OutcomeNotReached, kmod.OutcomeNotNeeded:
		if s.Err != nil {
			err = s.Err
		}
		if err != nil {
			return p.notInserted(s.Step.Module.Name, err)
		}
	case kmod.OutcomeSkipped:
		if s.Step.Skip.Kind == kmod.SkipMissing && !p.dryRun {
			return p.notInserted(s.Step.Module.Name, s.Err)
		}
	}
	return success
}
