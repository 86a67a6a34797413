package main

import (
	"context"
	"errors"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// removeAll removes the modules that the names stand for. Without -a, it stops
// at the first failure.
func (p *prober) removeAll(args []string) int {
	status := success
	for _, arg := range args {
		status = max(status, p.removeArg(arg))
		if status != success && !p.all {
			break
		}
	}
	return status
}

func (p *prober) removeArg(arg string) int {
	modules, err := p.lookup(arg)
	if err != nil {
		name := modinfo.NormalizeName(arg)
		switch {
		case p.live(name):
		case errors.Is(err, kmod.ErrBudget):
			return p.notLookedUp(arg, err)
		default:
			p.c.say(p.fatalLevel(), "Module %s not found.", arg)
			return failure
		}
		modules = []kmod.Module{{Name: name}}
	}
	for _, m := range modules {
		if status := p.removeModule(m.Name); status != success {
			return status
		}
	}
	return success
}

// removeModule removes a module with everything that goes along.
func (p *prober) removeModule(name string) int {
	loader := kmod.NewLoader(p.db, &kmod.LoaderConfig{Kernel: p.c.kernel, Command: p.runCommand})
	opts := &kmod.UnloadOptions{
		Flags: p.removeFlags(name), Holders: p.holders, IgnoreCommands: p.plans.IgnoreCommands,
		Wait: p.wait, DryRun: p.dryRun, Start: p.announceRemoval,
	}
	result, err := loader.Unload(context.Background(), opts, name)
	if err != nil {
		return p.notRemoved(name, err)
	}
	for i := range result.Removals {
		if r := &result.Removals[i]; r.Module == name && r.Outcome == kmod.RemovalNotLoaded {
			return p.notInKernel(name)
		}
	}
	return success
}

func (p *prober) notInKernel(name string) int {
	if !p.firstTime {
		return success
	}
	p.c.say(p.fatalLevel(), "Module %s is not in kernel.", name)
	return failure
}

// removeFlags are the flags for a module. As in kmod, one that is in use stays
// also with --force.
func (p *prober) removeFlags(name string) live.RemoveFlags {
	if p.force && !p.used(name) {
		return live.ForceRemove
	}
	return 0
}

// announceRemoval shows a removal before it is tried, unless it is clear that it
// will be refused. In a dry run, kmod considers a module's dependencies to be
// still in use.
func (p *prober) announceRemoval(r *kmod.Removal) {
	switch {
	case p.c.verbosity < levelNotice:
	case r.Command != nil:
		p.c.show("remove " + r.Command.Line())
	case p.wait > 0 && !p.dryRun || !p.used(r.Module):
		p.c.show("rmmod " + r.Module)
	}
}

// used reports whether a module is in use.
func (p *prober) used(name string) bool {
	m, err := p.loader().Live(name)
	if err != nil {
		return false
	}
	users, _ := m.Refcount()
	return users > 0
}

// notRemoved complains about the module that could not be removed.
func (p *prober) notRemoved(name string, err error) int {
	var failed *kmod.Error
	module := name
	if errors.As(err, &failed) && failed.Op == "remove" {
		module = failed.Module
	}
	switch {
	case failed != nil && failed.Command != nil:
		p.c.say(p.fatalLevel(), "Error running remove command for %s", failed.Module)
	case errors.Is(err, kmod.ErrBuiltin):
		p.c.say(p.fatalLevel(), "Module %s is builtin.", name)
	case errors.Is(err, kmod.ErrInUse) && p.wait == 0:
		p.c.say(p.fatalLevel(), "Module %s is in use.", module)
	case !p.present(name):
		return p.notInKernel(name)
	default:
		p.c.say(levelError, "could not remove '%s': %s", module, removeReason(err))
	}
	return failure
}

// removeReason says why a module was not removed.
func removeReason(err error) string {
	var failed *kmod.Error
	if !errors.As(err, &failed) || failed.Errno == 0 {
		return reason(err)
	}
	return strerror(failed.Errno)
}
