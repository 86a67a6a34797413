package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/uevent"
)

// plugger loads the modules for devices.
type plugger struct {
	loader  *kmod.Loader
	present func() iter.Seq2[uevent.Device, error]
	tried   map[string]bool // modaliases that were tried
	bare    bool            // it has been reported that there are no modules
	log     io.Writer
}

func newPlugger(loader *kmod.Loader, present func() iter.Seq2[uevent.Device, error], log io.Writer) *plugger {
	return &plugger{loader: loader, present: present, tried: map[string]bool{}, log: log}
}

// plug loads the modules for the devices that appeared since the last call. It
// is called again and again: a bus driver finds devices, which need drivers of
// their own; plug reports whether any appeared. Failures are only reported, as a
// modalias stands for all drivers that may suit a device.
func (p *plugger) plug(ctx context.Context) (came bool, err error) {
	before := len(p.tried)
	result, err := p.loader.Coldplug(ctx, &kmod.ColdplugOptions{Devices: p.fresh()})
	switch {
	case errors.Is(err, kmod.ErrNoModuleDir) || errors.Is(err, kmod.ErrNoIndexes):
		// The image is for another kernel; this one may have everything built in.
		if !p.bare {
			fmt.Fprintf(p.log, "initramfs: %v\n", err)
		}
		p.bare = true
	case result == nil:
		return false, err
	default:
		p.tell(result.Result, err)
	}
	return len(p.tried) > before, ctx.Err()
}

// fresh yields the devices whose modalias was not tried yet.
func (p *plugger) fresh() iter.Seq2[uevent.Device, error] {
	return func(yield func(uevent.Device, error) bool) {
		for d, err := range p.present() {
			if err == nil && p.tried[d.Modalias] {
				continue
			}
			p.tried[d.Modalias] = true
			if !yield(d, err) {
				return
			}
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
	result, err := p.loader.Load(ctx, name)
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
