package kmod

import (
	"context"
	"errors"
	"sync"
)

// LoaderConfig holds the options of a [Loader]. The zero value, or nil, means
// the defaults.
type LoaderConfig struct {
	// Kernel is what to act on. nil means the running kernel, &Host{}.
	Kernel Kernel
}

// Loader carries out plans: it inserts modules into a kernel and removes them.
// It is safe for concurrent use.
type Loader struct {
	db          *DB
	kernel      Kernel
	compression func() string // the codec that the kernel unpacks itself, or ""
}

// NewLoader makes a Loader that finds modules in db. Without a DB (nil) it can
// insert files, remove modules and read the kernel's state.
func NewLoader(db *DB, cfg *LoaderConfig) *Loader {
	l := &Loader{db: db, kernel: &Host{}}
	if cfg != nil && cfg.Kernel != nil {
		l.kernel = cfg.Kernel
	}
	l.compression = sync.OnceValue(func() string {
		codec, _ := readState(l.kernel.Sys(), "module/compression")
		return codec
	})
	return l
}

// errNoDB is the error of a Loader without a DB that is asked for a name.
var errNoDB = errors.New("the loader was made without a DB to find modules in")

// Load inserts the modules that the names (or aliases) stand for, with their
// dependencies. It is [DB.Plan] and [Loader.Run] in one.
func (l *Loader) Load(ctx context.Context, names ...string) (*Result, error) {
	if l.db == nil {
		return nil, errNoDB
	}
	plan, err := l.db.Plan(names...)
	if err != nil {
		return nil, err
	}
	return l.Run(ctx, plan, nil)
}

// RunOptions are the options of [Loader.Run]. The zero value, or nil, means
// the defaults.
type RunOptions struct {
	// Flags force the insertion of every module of the plan, dependencies
	// included, as --force of modprobe(8) does.
	Flags InsertFlags
}

// Outcome is what became of a step.
type Outcome uint8

// The outcomes of a step.
const (
	OutcomeNotReached Outcome = iota // an earlier step failed, or the context ended
	OutcomeInserted                  // inserted by this call
	OutcomeLive                      // was in the kernel already; parameters were not applied
	OutcomeBuiltin                   // a part of the kernel image
	OutcomeFailed
)

func (o Outcome) String() string {
	return [...]string{"not reached", "inserted", "live already", "built in", "failed"}[min(o, OutcomeFailed)]
}

// StepResult is what became of one step of a plan.
type StepResult struct {
	Step    *Step
	Outcome Outcome
	Err     error // why it failed
}

// Result holds an element for each step of the plan, in the same order.
type Result struct {
	Steps []StepResult
}

// Inserted returns the names of the modules that the call inserted.
func (r *Result) Inserted() []string {
	var names []string
	for _, s := range r.Steps {
		if s.Outcome == OutcomeInserted {
			names = append(names, s.Step.Module.Name)
		}
	}
	return names
}

// Run carries out a plan. It stops at the first step that fails and returns its
// error, an *[InsertError] as a rule, with the result so far; what was inserted
// before stays. The context is looked at between steps.
func (l *Loader) Run(ctx context.Context, plan *Plan, opts *RunOptions) (*Result, error) {
	if l.db == nil {
		return nil, errNoDB
	}
	if opts == nil {
		opts = &RunOptions{}
	}
	result := &Result{Steps: make([]StepResult, len(plan.Steps))}
	for i := range plan.Steps {
		result.Steps[i].Step = &plan.Steps[i]
	}
	for i := range plan.Steps {
		if err := ctx.Err(); err != nil {
			return result, err
		}
		r := &result.Steps[i]
		r.Outcome, r.Err = l.step(r.Step, opts)
		if r.Err != nil {
			if insertErr := (*InsertError)(nil); errors.As(r.Err, &insertErr) {
				insertErr.Chain = plan.chain(i)
			}
			return result, r.Err
		}
	}
	return result, nil
}

// step carries out one step.
func (l *Loader) step(s *Step, opts *RunOptions) (Outcome, error) {
	if s.Action == ActionBuiltin {
		return OutcomeBuiltin, nil
	}
	if status, _ := l.liveStatus(s.Module.Name); status == StatusLive {
		return OutcomeLive, nil
	}
	err := l.insertModule(s.Module, s.Params, opts.Flags)
	if err == nil {
		return OutcomeInserted, nil
	}
	if errors.Is(err, ErrExists) {
		return l.existing(s.Module.Name, err)
	}
	return OutcomeFailed, err
}

// existing decides what EEXIST means: the module is there by now, or is built
// in, or it is not there and its own init function said so.
func (l *Loader) existing(name string, err error) (Outcome, error) {
	switch status, _ := l.liveStatus(name); status {
	case StatusBuiltin:
		return OutcomeBuiltin, nil
	case StatusAbsent:
		if insertErr := (*InsertError)(nil); errors.As(err, &insertErr) {
			insertErr.Err = ErrInit
		}
		return OutcomeFailed, err
	}
	return OutcomeLive, nil
}

// chain names the modules that led to a step, from its own to one that was
// asked for.
func (p *Plan) chain(i int) []string {
	s := &p.Steps[i]
	names := []string{s.Module.Name}
	for len(s.Reasons) > 0 && s.Reasons[0].Kind == ReasonDependency {
		name := s.Reasons[0].Of
		names = append(names, name)
		if s = p.step(name); s == nil || len(names) > len(p.Steps) {
			break
		}
	}
	return names
}

// step finds the step of a module, nil when there is none.
func (p *Plan) step(name string) *Step {
	for i := range p.Steps {
		if p.Steps[i].Module.Name == name {
			return &p.Steps[i]
		}
	}
	return nil
}

// DB is the DB that the loader finds modules in, nil for none.
func (l *Loader) DB() *DB { return l.db }
