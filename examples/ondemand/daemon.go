package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"syscall"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// daemon has an engine load what the policy allows, and reports what that did.
type daemon struct {
	*slog.Logger
	*metrics
	state   *state
	policy  atomic.Pointer[policy]
	kept    atomic.Pointer[error] // why the policy is not the newest, nil if it is
	loader  atomic.Pointer[kmod.Loader]
	engine  *hotplug.Engine
	dryRun  bool
	devices int // of the last time that all were served
}

func newDaemon(log *slog.Logger, metricsFile string, p *policy) *daemon {
	d := &daemon{Logger: log, metrics: newMetrics(metricsFile), state: newState(), devices: -1}
	d.policy.Store(p)
	return d
}

// loaderConfig says how modules are loaded: as far as policy allows, and with the
// kernel's log if it refuses one.
func (d *daemon) loaderConfig(db *kmod.DB) *kmod.LoaderConfig {
	return &kmod.LoaderConfig{
		Explain:   diagnose.Explainer(),
		Policy:    func(step *kmod.Step) error { return d.policy.Load().step(db.Dir(), step) },
		Command:   runCommand,
		KernelLog: true,
	}
}

// prepare makes the engine.
func (d *daemon) prepare(cfg hotplug.Config) {
	d.dryRun, cfg.Run.Done = cfg.Run.DryRun, d.done
	cfg.Allow, cfg.Opened, cfg.Served = d.allow, d.opened, d.served
	cfg.Event = func(e *uevent.Event) { d.Debug("event", "action", e.Action, "device", e.Devpath, "alias", e.Modalias) }
	cfg.Error = func(err error) { d.Warn("going on", "error", err) }
	d.engine = hotplug.New(&cfg)
}

// allow keeps the engine from serving devices that policy ignores.
func (d *daemon) allow(alias string) error {
	err := d.policy.Load().alias(alias)
	if err != nil {
		d.Debug("device ignored", "alias", alias, "reason", err)
		d.state.ignore(alias, err)
	}
	return err
}

// opened reports on new modules.
func (d *daemon) opened(loader *kmod.Loader) {
	d.loader.Store(loader)
	d.state.forget()
	for _, warning := range loader.DB().Warnings() {
		d.Warn("configuration", "at", warning.Origin.String(), "text", warning.Text)
	}
	d.Info("opened the modules", "modules", loader.DB().Dir())
}

// served reports on a batch, and writes the metrics.
func (d *daemon) served(b *hotplug.Batch) {
	if r := b.Result; r != nil && b.All {
		level := slog.LevelInfo
		if len(r.Inserted()) == 0 && r.Devices == d.devices {
			level = slog.LevelDebug // as every so often
		}
		d.devices = r.Devices
		d.Log(context.Background(), level, "served all devices", "devices", r.Devices, "aliases", r.Aliases,
			"unknown", len(r.Unknown), "loaded", len(r.Inserted()), "dry", d.dryRun, "took", b.Duration)
	}
	if err := d.write(d.engine.Stats()); err != nil {
		d.Error("metrics were not written", "error", err)
	}
}

// done logs and counts the outcome of a module.
func (d *daemon) done(r *kmod.StepResult) {
	s, name := r.Step, r.Step.Module.Name
	if !d.dryRun {
		d.state.record(r)
	}
	log := d.With("module", name, "took", r.Duration)
	switch {
	case r.Outcome == kmod.OutcomeInserted, r.Outcome == kmod.OutcomeRan:
		log = log.With("path", s.Module.Path, "params", s.Params, "reason", s.Reasons[0].String())
		if d.dryRun {
			log.Info("would be loaded")
			return
		}
		log.Info("loaded")
		d.load(name, r.Duration)
	case r.Outcome != kmod.OutcomeFailed && r.Err != nil:
		log.Debug("not loaded", "error", r.Err)
	case r.Outcome != kmod.OutcomeFailed:
	case errors.Is(r.Err, kmod.ErrForbidden):
		log.Info("not allowed", "reason", r.Err)
		d.count(d.denied, name)
	case errors.Is(r.Err, syscall.ENODEV):
		log.Info("found no device to drive")
		d.count(d.broken, name)
	default:
		log.Warn("not loaded", "error", r.Err)
		d.count(d.broken, name)
	}
}
