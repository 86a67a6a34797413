package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/hotplug"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// plugger has modules loaded for the devices that are present and that come, until it is
// stopped. Failures are only reported, as a modalias stands for all drivers that may suit
// a device.
type plugger struct {
	cfg  hotplug.Config // where devices and modules come from; nil functions mean this machine
	log  io.Writer
	said string // the last trouble
}

// start starts the engine. quiet calls it when nothing new has come for some time since
// the devices that were present are served. The caller has to call stop.
func (p *plugger) start(ctx context.Context, timeout time.Duration, quiet func()) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var timer *time.Timer // nil until the devices that were present are served
	cfg := p.cfg
	cfg.Event = func(e *uevent.Event) {
		if timer != nil && e.Action == uevent.Add {
			timer.Reset(timeout)
		}
	}
	cfg.Served = func(b *hotplug.Batch) {
		if b.Result != nil {
			p.tell(b.Result.Result, b.Err)
		}
		if timer == nil {
			timer = time.AfterFunc(timeout, quiet)
		}
	}
	cfg.Error = func(err error) {
		if text := err.Error(); text != p.said { // such as no modules, as in an image for another kernel
			p.said = text
			fmt.Fprintf(p.log, "initramfs: %v\n", err)
		}
	}
	ended := make(chan error)
	go func() { ended <- hotplug.New(&cfg).Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			fmt.Fprintf(p.log, "initramfs: %v\n", err)
		}
		if timer != nil {
			timer.Stop()
		}
	}
}

// tell reports what was loaded and what was not.
func (p *plugger) tell(result *kmod.Result, err error) {
	if err != nil {
		fmt.Fprintf(p.log, "initramfs: %v\n", err)
	}
	for _, name := range result.Inserted() {
		fmt.Fprintf(p.log, "initramfs: loaded %s\n", name)
	}
}

// load loads a module, if there is one of that name or alias.
func (p *plugger) load(ctx context.Context, name string) error {
	loader, err := p.cfg.Open()
	if err != nil {
		return err
	}
	defer loader.DB().Close()
	result, err := loader.Load(ctx, name)
	if result == nil && errors.Is(err, kmod.ErrNotFound) {
		return nil
	}
	if result != nil {
		p.tell(result, nil)
	}
	return err
}

// modprobe is the program that the kernel calls for a missing module, as
// "modprobe -q -- NAME". It returns the exit status.
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

// namesOf returns the arguments that are not options.
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
