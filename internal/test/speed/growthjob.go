package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/live"
)

// growParams are the parameters of the job that does one thing with a tree.
type growParams struct {
	treeParams
	What    string `json:"what"`    // one of the works
	Machine string `json:"machine"` // stands for /proc and /sys
	Devices int    `json:"devices"` // of the machine
	CPU     bool   `json:"cpu"`     // take the time of all processors
}

// work does something with the tree, and returns how long it took once.
type work func(p *growParams) (time.Duration, error)

// works are what the job can do, by the name of the growth's row.
var works = map[string]work{
	"growth-open":     workOpen,
	"growth-name":     workLookup(moduleName),
	"growth-alias":    workLookup(func(i int) string { return moduleAlias(i) + "00000001" }),
	"growth-plan":     workAll(planAll),
	"growth-closure":  workAll(closureOfAll),
	"growth-coldplug": workColdplug,
}

// grow does one of the works.
func grow(p *growParams) (*report, error) {
	took, err := works[p.What](p)
	if err != nil {
		return nil, err
	}
	r := &report{}
	r.add(loadTime, took.Seconds())
	return r, nil
}

func (p *growParams) open() (*kmod.DB, error) {
	return kmod.Open(&kmod.Config{Root: p.Root, Release: growthRelease})
}

// repeated is how often short works are done, of which the time of one is reported.
const repeated = 2000

func workOpen(p *growParams) (time.Duration, error) {
	took := stopwatch(p.CPU)
	for range repeated {
		db, err := p.open()
		if err != nil {
			return 0, err
		}
		if err := db.Close(); err != nil {
			return 0, err
		}
	}
	return took() / repeated, nil
}

// workLookup looks names of modules up that are spread over the tree.
func workLookup(name func(i int) string) work {
	return func(p *growParams) (time.Duration, error) {
		db, err := p.open()
		if err != nil {
			return 0, err
		}
		defer db.Close()
		const rounds = 10
		names := make([]string, repeated)
		for i := range names {
			names[i] = name(i * 7919 % p.Modules)
		}
		if err := lookUp(db, names); err != nil { // the first time, from the disk
			return 0, err
		}
		took := stopwatch(p.CPU)
		for range rounds {
			if err := lookUp(db, names); err != nil {
				return 0, err
			}
		}
		return took() / (rounds * repeated), nil
	}
}

// lookUp looks names up each of which stands for one module.
func lookUp(db *kmod.DB, names []string) error {
	for _, name := range names {
		if found, err := db.Lookup(name); err != nil || len(found) != 1 {
			return errors.Join(fmt.Errorf("%s is %v", name, found), err)
		}
	}
	return nil
}

// moduleNames are the names of all modules of the tree.
func (p *growParams) moduleNames() []string {
	names := make([]string, p.Modules)
	for i := range names {
		names[i] = moduleName(i)
	}
	return names
}

// workAll does something with all modules, which returns how many it was done with.
func workAll(do func(db *kmod.DB, names []string) (int, error)) work {
	return func(p *growParams) (time.Duration, error) {
		db, err := p.open()
		if err != nil {
			return 0, err
		}
		defer db.Close()
		names := p.moduleNames()
		clock := stopwatch(p.CPU)
		done, err := do(db, names)
		took := clock()
		if err == nil && done != p.Modules {
			err = fmt.Errorf("it was done with %d modules of %d", done, p.Modules)
		}
		return took, err
	}
}

func planAll(db *kmod.DB, names []string) (int, error) {
	plan, err := db.Plan(names...)
	if err != nil {
		return 0, err
	}
	return len(plan.Steps), nil
}

func closureOfAll(db *kmod.DB, names []string) (int, error) {
	c, err := closure.Collect(context.Background(), db, nil, names...)
	if err != nil {
		return 0, err
	}
	return len(c.Modules), nil
}

// workColdplug finds the machine's devices and plans what to load for them.
func workColdplug(p *growParams) (time.Duration, error) {
	db, err := p.open()
	if err != nil {
		return 0, err
	}
	defer db.Close()
	loader := kmod.NewLoader(db, &kmod.LoaderConfig{Kernel: &live.Host{ProcDir: p.Machine, SysDir: p.Machine}})
	clock := stopwatch(p.CPU)
	result, err := loader.Coldplug(context.Background(), &kmod.ColdplugOptions{Run: kmod.RunOptions{DryRun: true}})
	took := clock()
	if err == nil && (result.Devices != p.Devices || len(result.Unknown) != p.Devices/2) {
		err = fmt.Errorf("%d devices, %d unknown", result.Devices, len(result.Unknown))
	}
	return took, err
}
