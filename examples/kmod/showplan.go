package main

import (
	"errors"

	"github.com/gokmod/gokmod/kmod"
)

// planAll plans the load of all arguments; without -a only the first is a
// module. It complains if it cannot.
func (p *prober) planAll(args []string) *kmod.Plan {
	var requests []kmod.Request
	if p.all {
		for _, arg := range args {
			requests = append(requests, p.request(arg, ""))
		}
	} else {
		requests = []kmod.Request{p.request(args[0], joinParams(args[1:]))}
	}
	if p.db == nil {
		p.unknown(args[0], kmod.ErrNotFound)
		return nil
	}
	plan, err := p.db.PlanRequests(&p.plans, requests...)
	if err != nil {
		arg := args[0]
		if lookup := (*kmod.LookupError)(nil); errors.As(err, &lookup) {
			arg, err = lookup.Name, kmod.ErrNotFound
		}
		p.unknown(arg, err)
		return nil
	}
	return plan
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
