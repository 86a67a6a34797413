package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod"
)

// The exit status of modprobe.
const (
	success = 0
	failure = 1
)

// help is the program's part as the kernel's helper: it loads the modules of a
// name and returns the exit status. The reason for a failure goes to w.
func help(ctx context.Context, e *edition, args []string, dryRun bool, w io.Writer) int {
	err := e.policy.alias(args[0])
	if err == nil {
		request := kmod.Request{Name: args[0], Params: strings.Join(args[1:], " ")}
		opts := &kmod.LoadOptions{Run: kmod.RunOptions{KeepGoing: true, DryRun: dryRun}}
		err = loadName(ctx, e.loader, request, opts)
	}
	if err != nil {
		fmt.Fprintf(w, "ondemand: could not load %q: %v\n", args[0], err)
		return failure
	}
	return success
}

// loadName loads the modules of a name. As with modprobe, each is tried, and
// the last one decides.
func loadName(ctx context.Context, loader *kmod.Loader, request kmod.Request, opts *kmod.LoadOptions) error {
	result, err := loader.LoadRequests(ctx, opts, request)
	if result == nil || err == nil {
		return err
	}
	for i := range slices.Backward(result.Steps) {
		if s := &result.Steps[i]; requested(s.Step) {
			return verdict(s, err)
		}
	}
	return err
}

// verdict returns what happened to a requested module: nil if it is loaded, or
// blacklisted. err is the error of the run.
func verdict(s *kmod.StepResult, err error) error {
	switch {
	case s.Outcome == kmod.OutcomeInserted, s.Outcome == kmod.OutcomeLive,
		s.Outcome == kmod.OutcomeBuiltin, s.Outcome == kmod.OutcomeRan,
		errors.Is(s.Err, kmod.ErrBlacklisted):
		return nil
	case s.Err != nil:
		return s.Err
	}
	return err
}

// requested reports whether the module of a step was requested.
func requested(s *kmod.Step) bool {
	return slices.ContainsFunc(s.Reasons, func(r kmod.Reason) bool { return r.Kind == kmod.ReasonRequested })
}
