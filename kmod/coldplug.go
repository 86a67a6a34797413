package kmod

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// ColdplugOptions are the options of [Loader.Coldplug]. The zero value, or nil,
// means the defaults.
type ColdplugOptions struct {
	// Devices are the devices to load modules for. nil means those that are
	// present; see [Loader.Devices].
	Devices iter.Seq2[uevent.Device, error]

	// Plan are the options for the plan. Blacklisted modules are left out unless
	// KeepBlacklisted is set.
	Plan PlanOptions

	// Run are the options for carrying out the plan. KeepGoing is always on: a step
	// that fails does not keep others from being carried out.
	Run RunOptions
}

// ColdplugResult is what [Loader.Coldplug] or [Loader.LoadAliases] found and did.
type ColdplugResult struct {
	// Result has the steps of the plan.
	*Result

	// Devices is the number of devices with a modalias, 0 for LoadAliases.
	Devices int

	// Aliases is the number of different modaliases.
	Aliases int

	// Unknown are the modaliases for which there is no module. That is nothing
	// unusual: the driver is built into the kernel, or none is needed.
	Unknown []string
}

// Coldplug loads the modules for all devices that are present, as udev does when
// a machine starts and as "modprobe -b -a" does with all their aliases: one plan
// for all of them, without blacklisted modules unless the options say otherwise.
//
// The result is nil when the devices or the indexes cannot be read, or the latter
// do not exist (ErrNoModuleDir, ErrNoIndexes). Otherwise it is complete, and the
// error is that of [Loader.Run] with KeepGoing: it joins the errors of all modules
// that failed. On most machines some do, as a modalias matches every driver that
// may suit the device, and some of them find that they do not.
func (l *Loader) Coldplug(ctx context.Context, opts *ColdplugOptions) (*ColdplugResult, error) {
	if l.db == nil {
		return nil, errNoDB
	}
	if opts == nil {
		opts = &ColdplugOptions{}
	}
	devices := opts.Devices
	if devices == nil {
		devices = l.Devices()
	}
	res := &ColdplugResult{}
	aliases, err := res.collect(ctx, devices)
	if err != nil {
		return nil, err
	}
	return l.loadAliases(ctx, &LoadOptions{Plan: opts.Plan, Run: opts.Run}, res, aliases)
}

// LoadAliases is [Loader.Coldplug] for devices that have come since: it loads the
// modules for their modaliases, in one plan. KeepGoing of the options is always on, and
// blacklisted modules are left out unless their KeepBlacklisted is set.
func (l *Loader) LoadAliases(ctx context.Context, opts *LoadOptions, aliases ...string) (*ColdplugResult, error) {
	if l.db == nil {
		return nil, errNoDB
	}
	if opts == nil {
		opts = &LoadOptions{}
	}
	aliases = distinct(slices.Clone(aliases))
	return l.loadAliases(ctx, opts, &ColdplugResult{Aliases: len(aliases)}, aliases)
}

// loadAliases completes the result of a call that loads the modules for modaliases.
func (l *Loader) loadAliases(
	ctx context.Context, opts *LoadOptions, res *ColdplugResult, aliases []string,
) (*ColdplugResult, error) {
	plan, unknown, err := l.db.PlanAliases(&opts.Plan, aliases...)
	if err != nil {
		return nil, err
	}
	run := opts.Run
	run.KeepGoing = true
	res.Unknown = unknown
	res.Result, err = l.Run(ctx, plan, &run)
	return res, err
}

// Devices yields the devices that are present, as the Sys of the loader's kernel
// shows them; see [uevent.Present].
func (l *Loader) Devices() iter.Seq2[uevent.Device, error] {
	if host, ok := l.kernel.(*live.Host); ok {
		return uevent.PresentIn(cmp.Or(host.SysDir, "/sys"))
	}
	return uevent.Present(l.kernel.Sys())
}

// collect gathers the aliases of devices, each once.
func (r *ColdplugResult) collect(ctx context.Context, devices iter.Seq2[uevent.Device, error]) ([]string, error) {
	var aliases []string
	seen := map[string]bool{}
	for d, err := range devices {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		r.Devices++
		if !seen[d.Modalias] {
			seen[d.Modalias] = true
			aliases = append(aliases, d.Modalias)
		}
	}
	r.Aliases = len(aliases)
	return aliases, nil
}

// PlanAliases is [DB.PlanRequests] for the aliases in the modalias files of devices.
// An alias that no module has, or that is not valid, is not an error: PlanAliases
// returns these besides the plan. Blacklisted modules are left out unless
// KeepBlacklisted is set. If the indexes with the aliases are missing, the error wraps
// ErrNoModuleDir or ErrNoIndexes, whatever the aliases are.
func (db *DB) PlanAliases(opts *PlanOptions, aliases ...string) (plan *Plan, unknown []string, err error) {
	if err := db.require(&db.deps, &db.aliases); err != nil {
		return nil, nil, err
	}
	with := PlanOptions{}
	if opts != nil {
		with = *opts
	}
	with.UseBlacklist = true
	p := newPlanner(db, &with)
	if err := configError(p.conf); err != nil {
		return nil, nil, err
	}
	p.expect(len(aliases))
	for _, alias := range aliases {
		r := Request{Name: alias}
		found, err := p.modules.lookup(alias)
		if lookup := (*LookupError)(nil); errors.As(err, &lookup) || err == nil && len(found) == 0 {
			unknown = append(unknown, alias)
			continue
		}
		if err == nil {
			err = p.requested(r, found)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if plan, err = p.finish(); err != nil {
		return nil, nil, err
	}
	return plan, unknown, nil
}
