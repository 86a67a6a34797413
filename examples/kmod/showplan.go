package main

import (
	"errors"

	"github.com/gokmod/gokmod/kmod"
)

// planAll plans the load of all arguments; without -a only the first is a
// module. It complains if it cannot.
func (p *prober) planAll(args []string) *kmod.Plan {
	names, params := args, ""
	if !p.all {
		names, params = args[:1], joinParams(args[1:])
	}
	var requests []kmod.Request
	for _, name := range names {
		requests = append(requests, p.request(name, params))
	}
	if p.db == nil {
		p.unknown(names[0], kmod.ErrNotFound)
		return nil
	}
	plan, err := p.db.PlanRequests(&p.plans, requests...)
	if err != nil {
		name, err := p.failing(names, err)
		p.unknown(name, err)
		if p.suggest {
			p.c.suggest(p.c.similarTo(p.db, name, err))
		}
		return nil
	}
	return plan
}

// failing tells for which of the names there is no plan, and why.
func (p *prober) failing(names []string, err error) (string, error) {
	if lookup := (*kmod.LookupError)(nil); errors.As(err, &lookup) {
		return lookup.Name, kmod.ErrNotFound
	}
	for _, name := range names {
		if !isPath(name) {
			continue
		}
		if _, pathErr := p.lookupFile(name); pathErr != nil {
			return name, pathErr
		}
	}
	return names[0], err
}

// showPlan is modprobe --show-depends --json: the plan for all arguments.
func (p *prober) showPlan(args []string) int {
	plan := p.planAll(args)
	if plan == nil {
		return failure
	}
	p.c.stdout.Write(jsonLine(plan))
	return success
}
