package main

import (
	"context"
	"errors"
	"syscall"

	"github.com/gokmod/gokmod/kmod"
)

// probe loads what a name stands for, or answers the query about it.
func (p *prober) probe(name, params string) int {
	modules, err := p.lookup(name)
	if err != nil {
		if !errors.Is(err, kmod.ErrNotFound) {
			p.c.say(levelError, "could not look up '%s': %s", name, err)
			return failure
		}
		p.c.say(p.fatalLevel(), "Module %s not found in directory %s", name, p.dir)
		return failure
	}
	status := success
	for _, m := range modules {
		switch p.query {
		case 'R':
			p.c.stdout.WriteString(m.Name + "\n")
		}
	}
	if p.query == 'R' {
		return status
	}
	if p.query == 'D' {
		return p.showDepends(name, params)
	}
	return p.load(name, params)
}

// lookup finds the modules of a name or alias.
func (p *prober) lookup(name string) ([]kmod.Module, error) {
	if p.db == nil {
		return nil, kmod.ErrNotFound
	}
	modules, err := p.db.Lookup(name)
	if lookup := (*kmod.LookupError)(nil); errors.As(err, &lookup) {
		err = kmod.ErrNotFound // or no possible name, which is the same to kmod
	}
	return modules, err
}

func (p *prober) plan(name, params string) (*kmod.Plan, error) {
	return p.db.PlanRequests(&p.plans, kmod.Request{Name: name, Params: params})
}

func (p *prober) showDepends(name, params string) int {
	plan, err := p.plan(name, params)
	if err != nil {
		return p.notInserted(name, err)
	}
	p.c.stdout.WriteString(plan.String())
	return success
}

// load inserts a module with what it needs.
func (p *prober) load(name, params string) int {
	plan, err := p.plan(name, params)
	if err != nil {
		return p.notInserted(name, err)
	}
	result, err := p.loader.Run(context.Background(), plan, &kmod.RunOptions{Flags: p.flags, DryRun: p.dryRun, Start: p.announce})
	if err != nil {
		return p.notInserted(name, err)
	}
	return p.alreadyThere(name, present(result))
}

// announce shows a step before it is taken.
func (p *prober) announce(s *kmod.Step) {
	if p.c.verbosity < levelNotice {
		return
	}
	if status, _ := p.loader.Status(s.Module.Name); status != kmod.StatusLive {
		p.c.show(s.String())
	}
}

// present reports whether a module that was asked for was there before.
func present(result *kmod.Result) bool {
	for i := range result.Steps {
		s := &result.Steps[i]
		if s.Outcome == kmod.OutcomeLive || s.Outcome == kmod.OutcomeBuiltin {
			for _, why := range s.Step.Reasons {
				if why.Kind == kmod.ReasonRequested {
					return true
				}
			}
		}
	}
	return false
}

// alreadyThere complains about a module that was there before, where that is
// wanted.
func (p *prober) alreadyThere(name string, present bool) int {
	if !present || !p.firstTime {
		return success
	}
	p.c.say(levelError, "could not insert '%s': Module already in kernel", name)
	return failure
}

// notInserted complains. kmod names the module that was asked for also when it
// is another one that failed.
func (p *prober) notInserted(name string, err error) int {
	p.c.say(levelError, "could not insert '%s': %s", name, insertReason(err))
	return failure
}

// insertReason says why, in modprobe's words.
func insertReason(err error) string {
	var insert *kmod.InsertError
	if !errors.As(err, &insert) || insert.Errno == 0 {
		return reason(err)
	}
	if insert.Errno == syscall.ENOENT {
		return "Unknown symbol in module, or unknown parameter (see dmesg)"
	}
	return strerror(insert.Errno)
}
