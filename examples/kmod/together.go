package main

import "github.com/gokmod/gokmod/kmod"

// found is an argument with the modules that it stands for.
type found struct {
	arg     string
	modules []kmod.Module
	err     error
}

// probeAll is modprobe --all. The messages are always those of one argument
// after the other, and so is the exit status.
func (p *prober) probeAll(args []string) int {
	if p.query == 0 && p.c.verbosity < levelNotice && p.db != nil && len(args) > 1 && !severalFiles(args) {
		if status, done := p.loadTogether(args); done {
			return status
		}
	}
	status := success
	for _, arg := range args {
		status = max(status, p.probe(arg, ""))
	}
	return status
}

// severalFiles reports whether more than one argument is a file's name. A plan
// orders files by their dependencies, kmod takes them as they come.
func severalFiles(args []string) bool {
	files := 0
	for _, arg := range args {
		if isPath(arg) {
			files++
		}
	}
	return files > 1
}

// loadTogether loads the modules of all arguments with one plan, which inserts
// those that do not depend on each other at the same time. It reports false,
// and has done nothing, if the result might differ from loading them one by
// one: because of a command, or of an argument without a plan.
func (p *prober) loadTogether(args []string) (status int, done bool) {
	var requests []kmod.Request
	all := make([]found, len(args))
	for i, arg := range args {
		f := found{arg: arg}
		if f.modules, f.err = p.lookup(arg); f.err == nil {
			requests = append(requests, p.request(arg, ""))
		}
		all[i] = f
	}
	plan, err := p.db.PlanRequests(&p.plans, requests...)
	if err != nil || p.firstTime || hasCommand(plan) {
		return failure, false
	}
	result, err := p.carryOut(plan, true)
	for _, f := range all {
		p.arg = f.arg
		if f.err != nil {
			status = max(status, p.unknown(f.arg, f.err))
		} else {
			var modules []string
			for _, m := range f.modules {
				modules = append(modules, m.Name)
			}
			status = max(status, p.report(modules, result, err))
		}
	}
	return status, true
}
