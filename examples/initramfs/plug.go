package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/gokmod/gokmod/kmod"
)

// plugger loads the modules for devices.
type plugger struct {
	loader *kmod.Loader
	sysfs  fs.FS
	tried  map[string]bool // modaliases that had their turn
	log    io.Writer
}

func newPlugger(loader *kmod.Loader, sysfs fs.FS, log io.Writer) *plugger {
	return &plugger{loader: loader, sysfs: sysfs, tried: map[string]bool{}, log: log}
}

// plug loads the modules for the devices that came since it was called last. It
// is called again and again: a driver of a bus finds devices, which need drivers
// of their own.
func (p *plugger) plug(ctx context.Context) error {
	all, err := modaliases(p.sysfs)
	if err != nil {
		return err
	}
	var names []string
	for _, alias := range all {
		if p.tried[alias] {
			continue
		}
		p.tried[alias] = true
		if _, err := p.loader.DB().Lookup(alias); err == nil {
			names = append(names, alias)
		}
	}
	return p.load(ctx, names...)
}

// load loads modules, as many of them as can be. What fails is only told of: a
// modalias stands for all drivers that may suit a device.
func (p *plugger) load(ctx context.Context, names ...string) error {
	plan, err := p.loader.DB().Plan(names...)
	if err != nil {
		return err
	}
	result, err := p.loader.Run(ctx, plan, &kmod.RunOptions{KeepGoing: true})
	if err != nil {
		fmt.Fprintf(p.log, "initramfs: %v\n", err)
	}
	if result != nil {
		for _, name := range result.Inserted() {
			fmt.Fprintf(p.log, "initramfs: loaded %s\n", name)
		}
	}
	return ctx.Err()
}

// loadOptional is load for a name that need not be known.
func (p *plugger) loadOptional(ctx context.Context, name string) error {
	err := p.load(ctx, name)
	if errors.Is(err, kmod.ErrNotFound) {
		return nil
	}
	return err
}

// modprobe is the program that the kernel calls for a module that it finds
// missing, as "modprobe -q -- NAME". It returns the exit status.
func modprobe(args []string) int {
	db, err := kmod.Open(nil)
	if err == nil {
		defer db.Close()
		_, err = kmod.NewLoader(db, nil).Load(context.Background(), namesOf(args)...)
	}
	if err != nil {
		return 1
	}
	return 0
}

// namesOf are the arguments that are no options.
func namesOf(args []string) []string {
	var names []string
	for i, arg := range args {
		switch {
		case arg == "--":
			return append(names, args[i+1:]...)
		case len(arg) == 0 || arg[0] != '-':
			names = append(names, arg)
		}
	}
	return names
}
