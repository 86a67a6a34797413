package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"
)

// lookEvery is how often the daemon looks for changes of files.
const lookEvery = 2 * time.Second

// watch follows the policy, the indexes and the readiness until the context ends.
func (d *daemon) watch(ctx context.Context, file *policyFile, hangups <-chan os.Signal) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	before := []string{"it has begun"}
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			d.reload(file.load())
		case <-ticker.C:
			if file.changed() {
				d.follow(file.load())
			}
			d.engine.Refresh()
			before = d.turned(before)
		}
	}
}

// reload has all devices served according to a new policy, unless that has a mistake.
func (d *daemon) reload(p *policy, err error) {
	if err != nil {
		d.Error("keeping the old policy", "error", err)
		d.kept.Store(&err)
		return
	}
	d.kept.Store(nil)
	d.policy.Store(p)
	d.Info("read the policy again; serving all devices again")
	d.engine.Reload()
}

// follow is reload for a file that has changed by itself: one that is gone is a mistake,
// which would allow everything, and one with the same text is not new.
func (d *daemon) follow(p *policy, err error) {
	old := d.policy.Load()
	switch {
	case err == nil && p.file == "" && old.file != "":
		err = fmt.Errorf("%s is gone", old.file)
	case err == nil && p.file == old.file && p.text == old.text:
		d.Debug("the policy has not changed")
		d.kept.Store(nil)
		return
	}
	d.reload(p, err)
}

// mistake returns why the policy is not the newest.
func (d *daemon) mistake() error {
	if err := d.kept.Load(); err != nil {
		return fmt.Errorf("the old policy stays in force: %w", *err)
	}
	return nil
}

// turned logs the readiness if the reasons are not those before, and returns them.
func (d *daemon) turned(before []string) []string {
	reasons := d.reasons()
	switch {
	case slices.Equal(reasons, before):
	case len(reasons) == 0:
		d.Info("ready")
	default:
		d.Warn("not ready", "reasons", reasons)
	}
	return reasons
}
