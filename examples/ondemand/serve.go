package main

import (
	"context"
	"errors"
	"iter"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// coldplug serves all devices that are present.
func (d *daemon) coldplug(ctx context.Context) (*kmod.ColdplugResult, error) {
	d.metrics.change(func(m *metrics) { m.resyncs++ })
	start := time.Now()
	e, done := d.library.borrow()
	defer done()
	result, err := e.loader.Coldplug(ctx, &kmod.ColdplugOptions{Devices: d.allowed(e), Run: *d.watched()})
	if result == nil {
		d.report(nil, err)
		return nil, err
	}
	if ctx.Err() != nil {
		return result, nil
	}
	d.log.Info("served all devices", "devices", result.Devices, "aliases", result.Aliases,
		"unknown", len(result.Unknown), "loaded", len(result.Inserted()), "dry", d.dryRun, "took", time.Since(start))
	return result, nil
}

// allowed yields the devices that are present, without those that policy
// ignores.
func (d *daemon) allowed(e *edition) iter.Seq2[uevent.Device, error] {
	return func(yield func(uevent.Device, error) bool) {
		for device, err := range e.loader.Devices() {
			if err == nil && !d.serves(e.policy, device.Modalias) {
				continue
			}
			if !yield(device, err) {
				return
			}
		}
	}
}

// serves reports whether policy allows a device to be served.
func (d *daemon) serves(p *policy, alias string) bool {
	err := p.alias(alias)
	if err != nil {
		d.log.Debug("device ignored", "alias", alias, "reason", err)
	}
	return err == nil
}

// loadAliases loads the modules of some aliases.
func (d *daemon) loadAliases(ctx context.Context, aliases []string) (*kmod.Result, error) {
	e, done := d.library.borrow()
	defer done()
	var served []string
	for _, alias := range aliases {
		if d.serves(e.policy, alias) {
			served = append(served, alias)
		}
	}
	result, err := e.loader.LoadAliases(ctx, &kmod.LoadOptions{Run: *d.watched()}, served...)
	if result == nil {
		return nil, err
	}
	for _, alias := range result.Unknown {
		d.log.Debug("no module for a device", "alias", alias)
	}
	return result.Result, err
}

// watched returns options for a run whose steps are logged and counted.
func (d *daemon) watched() *kmod.RunOptions {
	begun := map[*kmod.Step]time.Time{}
	return &kmod.RunOptions{
		DryRun: d.dryRun,
		Start:  func(s *kmod.Step) { begun[s] = time.Now() },
		Done: func(r *kmod.StepResult) {
			var took time.Duration
			if start, ok := begun[r.Step]; ok {
				took = time.Since(start)
			}
			d.done(r, took)
		},
	}
}

// done logs and counts the outcome of a module.
func (d *daemon) done(r *kmod.StepResult, took time.Duration) {
	s := r.Step
	log := d.log.With("module", s.Module.Name)
	switch r.Outcome {
	case kmod.OutcomeInserted, kmod.OutcomeRan:
		log = log.With("path", s.Module.Path, "params", s.Params, "reason", s.Reasons[0].String())
		if d.dryRun {
			log.Info("would be loaded")
			return
		}
		log.Info("loaded", "took", took)
		d.metrics.change(func(m *metrics) {
			m.loads++
			m.loaded[s.Module.Name] = took
		})
	case kmod.OutcomeFailed:
		d.failed(r, took)
	case kmod.OutcomeSkipped, kmod.OutcomeNotReached:
		if r.Err != nil {
			log.Debug("not loaded", "error", r.Err)
		}
	}
}

// failed is done for a module that could not be loaded.
func (d *daemon) failed(r *kmod.StepResult, took time.Duration) {
	name := r.Step.Module.Name
	log := d.log.With("module", name)
	switch {
	case errors.Is(r.Err, kmod.ErrForbidden):
		if d.first(name) {
			log.Info("not allowed", "reason", r.Err)
		}
		d.metrics.change(func(m *metrics) { m.denied[name]++ })
		return
	case errors.Is(r.Err, syscall.ENODEV):
		log.Info("found no device to drive", "took", took)
	default:
		log.Warn("not loaded", "error", r.Err, "took", took)
	}
	d.metrics.change(func(m *metrics) { m.failed[name]++ })
}

// first reports whether it is the first report about a module.
func (d *daemon) first(module string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told == nil {
		d.told = map[string]bool{}
	}
	told := d.told[module]
	d.told[module] = true
	return !told
}

// once serves the devices that are present, and no others.
func (d *daemon) once(ctx context.Context) error {
	result, err := d.coldplug(ctx)
	if writeErr := d.metrics.write(); writeErr != nil {
		return writeErr
	}
	if result == nil {
		return err
	}
	return ctx.Err()
}
