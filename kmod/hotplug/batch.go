package hotplug

import (
	"context"
	"errors"
	"time"

	"github.com/gokmod/gokmod/kmod"
)

// Batch is what became of some devices that were served together.
type Batch struct {
	// All: it was for all devices that were present.
	All bool

	// Result is what was done, as [kmod.Loader.Coldplug] says it, without the modules
	// that failed before and that it is not yet time to try again. It is nil when nothing
	// could be done: Err then says why.
	Result *kmod.ColdplugResult

	// Err joins the errors of all modules that failed, as that of Coldplug.
	Err error

	// Duration is the time that it took.
	Duration time.Duration
}

// serve does the work of a batch.
func (e *Engine) serve(ctx context.Context, w work) *Batch {
	start := time.Now()
	b, res := &Batch{All: w.all}, &kmod.ColdplugResult{}
	loader, fresh, err := e.shelf.borrow(w.reload)
	if loader == nil {
		e.queue.release(w.aliases)
		b.Err = err
		return b
	}
	defer e.shelf.giveBack(loader)
	if err != nil {
		e.report(err) // the old one goes on
	}
	if fresh {
		e.opened(loader.Loader, !w.all)
	}
	if w.anew {
		e.failures.allAnew(start)
	}
	if w.all {
		var more []string
		more, b.Err = e.present(ctx, loader.Loader, res, w.aliases)
		w.aliases = append(w.aliases, more...)
	}
	if b.Err == nil {
		b.Err = e.load(ctx, loader.Loader, res, w.aliases)
	}
	e.queue.release(w.aliases)
	if res.Result != nil {
		b.Result = res
	}
	b.Duration = time.Since(start)
	return b
}

// present returns the modaliases of the devices that are present, each once and without
// those that a batch serves already, this one among them.
func (e *Engine) present(
	ctx context.Context, loader *kmod.Loader, res *kmod.ColdplugResult, served []string,
) ([]string, error) {
	devices := loader.Devices()
	if e.cfg.Devices != nil {
		devices = e.cfg.Devices()
	}
	var aliases []string
	known := map[string]bool{} // whether they are allowed
	mine := map[string]bool{}
	for _, alias := range served {
		mine[alias] = true
	}
	for d, err := range devices {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		allowed, old := known[d.Modalias]
		if !old {
			allowed = e.allows(d.Modalias)
			known[d.Modalias] = allowed
			if allowed && !mine[d.Modalias] {
				aliases = append(aliases, d.Modalias)
			}
		}
		if allowed {
			res.Devices++
		}
	}
	return e.queue.claim(aliases), nil
}

// allows reports whether a device may be served.
func (e *Engine) allows(alias string) bool { return e.cfg.Allow == nil || e.cfg.Allow(alias) == nil }

// load loads the modules for some aliases.
func (e *Engine) load(ctx context.Context, loader *kmod.Loader, res *kmod.ColdplugResult, aliases []string) error {
	res.Aliases = len(aliases)
	var plan *kmod.Plan
	var err error
	if plan, res.Unknown, err = e.plan(loader.DB(), aliases); err != nil {
		return err
	}
	run := e.cfg.Run
	run.KeepGoing = true
	if call := e.cfg.Run.Start; call != nil {
		run.Start = func(s *kmod.Step) { e.tell(func() { call(s) }) }
	}
	if call := e.cfg.Run.Done; call != nil {
		run.Done = func(r *kmod.StepResult) { e.tell(func() { call(r) }) }
	}
	res.Result, err = loader.Run(ctx, plan, &run)
	if res.Result != nil {
		e.learn(ctx, res.Result)
	}
	return err
}

// plan is [kmod.DB.PlanAliases] without the modules that failed before and that it is not
// yet time to try again.
func (e *Engine) plan(db *kmod.DB, aliases []string) (plan *kmod.Plan, unknown []string, err error) {
	if _, _, err := db.PlanAliases(&e.cfg.Plan); err != nil {
		return nil, nil, err // there are no indexes
	}
	opts := e.cfg.Plan
	opts.UseBlacklist = true
	var requests []kmod.Request
	now, i := time.Now(), 0
	for found, err := range db.LookupAll(aliases...) {
		alias := aliases[i]
		i++
		switch lookup := (*kmod.LookupError)(nil); {
		case errors.As(err, &lookup) || err == nil && len(found) == 0:
			unknown = append(unknown, alias)
			continue
		case err != nil:
			return nil, nil, err
		}
		for _, m := range found {
			if e.failures.begin(alias, m.Name, now) {
				requests = append(requests, kmod.Request{Module: &m, For: alias})
			}
		}
	}
	plan, err = db.PlanRequests(&opts, requests...)
	return plan, unknown, err
}

// learn records which modules failed, and which do not any more.
func (e *Engine) learn(ctx context.Context, result *kmod.Result) {
	for i := range result.Steps {
		r := &result.Steps[i]
		failed := r.Outcome == kmod.OutcomeFailed || r.Outcome == kmod.OutcomeNotReached && r.Err != nil
		switch {
		case r.Outcome == kmod.OutcomeSkipped, !failed && r.Outcome == kmod.OutcomeNotReached:
			continue
		case failed && ctx.Err() != nil && errors.Is(r.Err, ctx.Err()):
			continue
		}
		for _, why := range r.Step.Reasons {
			if why.Kind == kmod.ReasonRequested {
				e.settle(why.Of, r.Step.Module.Name, r.Err, failed)
			}
		}
	}
}

// settle records what became of a module for a device.
func (e *Engine) settle(alias, module string, err error, failed bool) {
	if !failed {
		e.failures.clear(alias, module)
		return
	}
	failure := e.failures.add(alias, module, err, time.Now())
	if call := e.cfg.Failed; call != nil {
		e.tell(func() { call(failure) })
	}
}
