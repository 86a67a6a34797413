package kmod

import (
	"container/heap"
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/kmod/live"
)

// RunOptions are the options of [Loader.Run]. The zero value, or nil, means
// the defaults.
type RunOptions struct {
	// Flags force the insertion of every module of the plan, dependencies
	// included, as --force of modprobe(8) does.
	Flags live.InsertFlags

	// KeepGoing loads what can be loaded after a step has failed, but for what
	// is only there to come after a module that was not loaded. Without it, no
	// further step begins. A name that nobody knows is not the failure of a step: it
	// keeps the plan from being made, unless PlanOptions.SkipUnknown is set.
	KeepGoing bool

	// Rollback removes the modules that this call inserted, the last one
	// first, when the call fails. One that somebody uses by then stays; another
	// Run that has just found one of them live may then miss it.
	Rollback bool

	// DryRun does everything but change the kernel or run commands: it tells
	// what is live already, and reports the rest as inserted.
	DryRun bool

	// Start and Done, if not nil, are called before a step does something and
	// after a step ended, in the goroutine of the caller. They hold up the run.
	Start func(*Step)
	Done  func(*StepResult)
}

// Run carries out a plan. Steps that do not wait for each other run in
// parallel; see LoaderConfig.Parallel. What is live already is left as it is,
// and if that is a module that was asked for, so is all that is only there for
// its sake.
//
// The error is that of the module that was asked for, or of a hard dependency
// of one, that failed first: an *[Error] of "insert", "load" or "run"
// as a rule, one of "skip" when an alias that was asked for names a module that does
// not exist. Skipping a blacklisted one, or an optional one that is missing, is not an
// error.
// With KeepGoing it joins all of them, in the order of the plan. Soft dependencies
// that fail only show in the result, which is complete in any case, but nil when the
// Loader has no DB or the plan is not one that a DB could have made. When the context
// ends, no further step begins and the error is that of the context.
//
// No context can stop a system call: an init function that hangs keeps its insert,
// and with it Run, from returning until it ends, as it would modprobe(8); the thread
// cannot be killed meanwhile. Run it in a goroutine of its own where that must not
// hold up the program. RunOptions.Start tells which step is under way, and
// StepResult.Duration how long each took.
//
// The modules of a plan that was read from JSON are found again: one whose path is
// not that of the DB's file for it makes the error an *[Error] of "locate", unless the plan
// says that it was asked for by that path (see [Request]). Whoever runs plans of
// others trusts them with such files, as with install commands; see
// LoaderConfig.Policy. A plan that makes no sense is an error that wraps [ErrPlan].
func (l *Loader) Run(ctx context.Context, plan *Plan, opts *RunOptions) (*Result, error) {
	return l.runWithout(ctx, nil, plan, opts)
}

// runWithout is Run in a dry run after which some live modules would be gone.
func (l *Loader) runWithout(ctx context.Context, gone map[string]bool, plan *Plan, opts *RunOptions) (*Result, error) {
	if l.db == nil {
		return nil, errNoDB
	}
	position, err := plan.check()
	if err != nil {
		return nil, err
	}
	if plan, err = l.db.locate(plan); err != nil {
		return nil, err
	}
	if opts == nil {
		opts = &RunOptions{}
	}
	r := newRun(l, plan, position, opts)
	r.names.gone = gone
	r.prepare()
	r.work(ctx)
	r.explainRest()
	err = r.err(ctx)
	if err != nil && opts.Rollback {
		r.rollback()
	}
	return r.result, err
}

// run is the state of a plan that is being carried out. Only the goroutine that called
// Run touches it, apart from the results of running steps.
type run struct {
	l      *Loader
	plan   *Plan
	opts   *RunOptions
	result *Result
	names  *liveNames
	room   *modfile.Room // where modules are unpacked, nil if no two are at the same time

	steps     []runStep
	forbidden map[int]error  // by policy
	position  map[string]int // the step of each module
	ready     intHeap        // steps that wait for nothing
	inserted  []int          // in the order in which that happened
	failures  []int          // steps whose failure is one of the call, in the order in which they ended
	broken    bool           // some step did not succeed
}

// runStep is what becomes of a step.
type runStep struct {
	wanted    bool  // it is still of use
	waiting   int   // how many predecessors have not ended
	followers []int // steps that wait for it
}

func newRun(l *Loader, plan *Plan, position map[string]int, opts *RunOptions) *run {
	n := len(plan.Steps)
	r := &run{
		l: l, plan: plan, opts: opts, result: &Result{Steps: make([]StepResult, n)}, names: l.liveNames(),
		steps: make([]runStep, n), position: position,
	}
	if n > 1 && l.parallel() > 1 {
		r.room = modfile.NewRoom(runtime.GOMAXPROCS(0))
	}
	for i := range plan.Steps {
		r.result.Steps[i].Step = &plan.Steps[i]
	}
	return r
}

// prepare finds out which steps are wanted, and in which order they can run.
func (r *run) prepare() {
	r.require()
	r.askPolicy()
	r.want()
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		for _, before := range [][]int{s.Needs, s.After} {
			for _, at := range before {
				r.steps[at].followers = append(r.steps[at].followers, i)
				r.steps[i].waiting++
			}
		}
		if r.steps[i].waiting == 0 {
			r.ready = append(r.ready, i)
		}
	}
	heap.Init(&r.ready)
}

// work runs the steps.
func (r *run) work(ctx context.Context) {
	limit := r.l.parallel()
	var ended chan int
	running := 0
	for {
		for running < limit && len(r.ready) > 0 && !r.stopped(ctx) {
			i := heap.Pop(&r.ready).(int)
			if !r.begin(i) {
				r.end(i)
				continue
			}
			if limit == 1 || running == 0 && len(r.ready) == 0 { // nothing could run beside it
				r.act(ctx, i)
				r.end(i)
				continue
			}
			if ended == nil {
				ended = make(chan int, len(r.plan.Steps)) // so that no step waits for this goroutine
			}
			running++
			go func() {
				defer func() { ended <- i }() // even if a callback ends the goroutine
				r.act(ctx, i)
			}()
		}
		if running == 0 {
			return
		}
		r.end(<-ended)
		running--
	}
}

// defaultParallel is the least LoaderConfig.Parallel by default: as many init functions
// can wait at the same time for what they drive.
const defaultParallel = 8

// parallel returns how many steps may be under way at the same time.
func (l *Loader) parallel() int {
	if l.cfg.Parallel > 0 {
		return l.cfg.Parallel
	}
	return max(defaultParallel, runtime.GOMAXPROCS(0))
}

// stopped reports whether no further step may begin.
func (r *run) stopped(ctx context.Context) bool {
	return ctx.Err() != nil || len(r.failures) > 0 && !r.opts.KeepGoing
}

// begin decides what happens to a step whose turn it is, and reports whether there is
// something to do.
func (r *run) begin(i int) bool {
	res, s := &r.result.Steps[i], &r.plan.Steps[i]
	need := r.unmet(s)
	switch {
	case res.Outcome != OutcomeNotReached: // live before the run, or built in
	case s.Action == ActionSkip:
		res.Outcome, res.Err = OutcomeSkipped, r.l.db.skipError(s)
	case !r.steps[i].wanted && r.settle(i):
	case !r.steps[i].wanted || r.broken && r.moot(i):
		res.Outcome = OutcomeNotNeeded
	case r.forbidden[i] != nil: // it may be in the kernel now, but be gone by the time of an insert
		if !r.settle(i) {
			res.Outcome, res.Err = OutcomeFailed, r.forbidden[i]
		}
	case need != nil:
		res.Err = need.unmetBy(s)
	case s.Module.Builtin: // there is no insert that an install line could replace
		res.Outcome = OutcomeBuiltin
	default:
		if r.opts.Start != nil {
			r.opts.Start(s)
		}
		return true
	}
	return false
}

// unmet returns a step that s needs and that did not succeed, if possible one that
// says why; nil for none.
func (r *run) unmet(s *Step) *StepResult {
	var unmet *StepResult
	for _, at := range s.Needs {
		res := &r.result.Steps[at]
		if !res.Outcome.done() && (unmet == nil || unmet.Err == nil) {
			unmet = res
		}
	}
	return unmet
}

// unmetBy returns the error of a step that needs the one that did not succeed.
func (need *StepResult) unmetBy(s *Step) error {
	return &Error{Op: "need", Module: s.Module.Name, Dependency: need.Step.Module.Name, Err: need.Err}
}

// skipError is the error for a step that is skipped.
func (db *DB) skipError(s *Step) error {
	e := &Error{Op: "skip", Module: s.Module.Name, Origin: s.Skip.Origin, Err: ErrNotFound}
	switch {
	case s.Skip.Kind == SkipBlacklisted:
		e.Err = ErrBlacklisted
	case s.Skip.Kind == SkipExcluded:
		e.Err = ErrExcluded
	case db.require(&db.deps) != nil:
		e.Err = db.notFound(s.Module.Name, &db.deps, &db.builtins)
	}
	return e
}

// act does what a step says. It runs in parallel with others and touches only its own
// result.
func (r *run) act(ctx context.Context, i int) {
	res := &r.result.Steps[i]
	start := time.Now()
	defer func() { res.Duration = time.Since(start) }()
	switch {
	case r.mustLook(res.Step) && r.settle(i):
	case res.Step.Action == ActionCommand:
		res.Outcome, res.Err = r.runInstall(ctx, res.Step)
	case r.opts.DryRun:
		res.Outcome, res.Err = r.rehearse(res.Step)
	default:
		res.Outcome, res.Err = r.l.insertOnce(ctx, res.Step, r.opts.Flags, r.room)
	}
}

// mustLook reports whether a step must not be carried out before it is known whether
// its module is in the kernel. Otherwise the kernel's answer to the insert tells.
func (r *run) mustLook(s *Step) bool {
	return r.opts.DryRun || r.l.cfg.Verify != nil || s.Action != ActionInsert
}

// rehearse returns the outcome that inserting a module would have.
func (r *run) rehearse(s *Step) (Outcome, error) {
	if s.Module.Path == "" {
		return OutcomeFailed, r.l.db.unknown(s.Module.Name)
	}
	if err := r.l.verifyOnly(s, r.opts.Flags, r.room); err != nil {
		return OutcomeFailed, err
	}
	return OutcomeInserted, nil
}

// end records the end of a step.
func (r *run) end(i int) {
	res := &r.result.Steps[i]
	if e, ok := res.Err.(*Error); ok && res.Outcome == OutcomeFailed {
		e.Chain = r.plan.chain(i, r.position)
	}
	r.broken = r.broken || !res.Outcome.done()
	switch {
	case res.Outcome == OutcomeInserted:
		r.inserted = append(r.inserted, i)
	case res.Outcome == OutcomeFailed && res.Required, res.Outcome == OutcomeSkipped && res.Step.missed():
		r.failures = append(r.failures, i)
	}
	for _, f := range r.steps[i].followers {
		if r.steps[f].waiting--; r.steps[f].waiting == 0 {
			heap.Push(&r.ready, f)
		}
	}
	if r.opts.Done != nil {
		r.opts.Done(res)
	}
}

// missed reports whether the caller insists on a module that an alias or a command
// names but that does not exist.
func (s *Step) missed() bool {
	return s.Skip.Kind == SkipMissing && s.Requested() && !s.Skip.Optional
}

// explainRest sets the errors of the steps whose turn never came and that need
// something that failed.
func (r *run) explainRest() {
	for i := range r.result.Steps {
		res := &r.result.Steps[i]
		if res.Outcome != OutcomeNotReached || res.Err != nil {
			continue
		}
		if need := r.unmet(res.Step); need != nil && need.Err != nil {
			res.Err = need.unmetBy(res.Step)
		}
	}
}

// err is the error of the whole run.
func (r *run) err(ctx context.Context) error {
	switch {
	case len(r.failures) == 1 || len(r.failures) > 1 && !r.opts.KeepGoing:
		return r.result.Steps[r.failures[0]].Err
	case len(r.failures) > 1:
		var list []error
		for _, i := range slices.Sorted(slices.Values(r.failures)) {
			list = append(list, r.result.Steps[i].Err)
		}
		return errors.Join(list...)
	}
	for i := range r.result.Steps {
		if r.result.Steps[i].Outcome == OutcomeNotReached && r.steps[i].wanted {
			return ctx.Err()
		}
	}
	return nil
}

// rollback removes what was inserted, as far as the kernel lets it.
func (r *run) rollback() {
	for _, i := range slices.Backward(r.inserted) {
		res := &r.result.Steps[i]
		if r.opts.DryRun || r.l.removeInserted(res.Step.Module) == nil {
			res.Outcome = OutcomeRemoved
		}
	}
}

// intHeap gives the smallest number first.
type intHeap []int

func (h intHeap) Len() int           { return len(h) }
func (h intHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h intHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *intHeap) Push(x any)        { *h = append(*h, x.(int)) }
func (h *intHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
