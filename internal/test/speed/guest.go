package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/internal/test/kmodref"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// guestLimit bounds the time of one guest.
const guestLimit = 10 * time.Minute

// measureLoad loads a set of modules in virtual machines with two processors, each in a
// kernel that was just booted: with kmod's modprobe, once and a process for each module,
// with a Loader, and with one that loads one module at a time.
func measureLoad(pick picker, all bool) func(context.Context, *lab, int) (*measurement, error) {
	return func(ctx context.Context, l *lab, rounds int) (*measurement, error) {
		k, err := pick(l)
		if err != nil {
			return nil, err
		}
		modules, kind, err := loadSet(k, all)
		if err != nil {
			return nil, err
		}
		g, err := newGuest(l, k)
		if err != nil {
			return nil, err
		}
		peer, each, ours, serial := report{}, report{}, report{}, report{}
		for range rounds {
			err := errors.Join(
				g.run(ctx, &peer, &loadParams{Modules: modules, Peer: true}),
				g.run(ctx, &each, &loadParams{Modules: modules, Peer: true, Each: true}),
				g.run(ctx, &ours, &loadParams{Modules: modules}),
				g.run(ctx, &serial, &loadParams{Modules: modules, Parallel: 1}))
			if err != nil {
				return nil, err
			}
		}
		theirs := []series{
			{"`modprobe -a` of " + g.peer, peer.Values[loadTime]},
			{"a `modprobe` for each", each.Values[loadTime]},
		}
		return &measurement{
			what: fmt.Sprintf("load %d modules of %s, %s%s, in a guest with two CPUs",
				len(modules), seriesOf(k), packing(k), kind),
			samePeers: true,
			quantities: []quantity{
				{name: "by default", unit: seconds, ours: ours.Values[loadTime], peers: theirs, note: callShare(&ours)},
				{name: "one at a time", unit: seconds, ours: serial.Values[loadTime], peers: theirs, note: callShare(&serial)},
			},
		}, nil
	}
}

// neededAtInit is what the init of nf_conntrack_amanda looks for. Guests have no program
// for the kernel to load it with, so it comes first.
const neededAtInit = "ts_kmp"

// loadSet lists the modules that are loaded, and says which kind of modules is among them.
func loadSet(k *vm.Kernel, all bool) (modules []string, kind string, err error) {
	dirs := quickDirs
	if all {
		dirs, kind = kernels.SetDirs(), ", some of which only test"
	}
	modules, err = kernels.SetIn(k.ModuleDir(), dirs...)
	if !all {
		modules = withoutTesters(modules)
	}
	return append([]string{neededAtInit}, modules...), kind, err
}

// callShare says which part of the time calls that insert modules were under way.
func callShare(r *report) string {
	return fmt.Sprintf("%.0f %% in calls", 100*median(ratios(r.Values[loadCalls], r.Values[loadTime])))
}

// guest is a virtual machine for jobs.
type guest struct {
	kernel *vm.Kernel
	cfg    vm.Config
	peer   string
}

func newGuest(l *lab, k *vm.Kernel) (*guest, error) {
	if err := vm.Available(); err != nil {
		return nil, err
	}
	path, err := kmodref.Installed("modprobe")
	if err != nil {
		return nil, err
	}
	program, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	job, err := l.job()
	if err != nil {
		return nil, err
	}
	l.note(qemuVersion())
	return &guest{kernel: k, peer: toolVersion([]string{path}), cfg: vm.Config{
		Program:    job,
		ModuleDirs: append(kernels.SetDirs(), "kernel/lib"),
		Files:      []vm.File{{Guest: guestKmod, Host: program, Mode: 0o755}},
		Timeout:    guestLimit,
	}}, nil
}

// run boots the kernel, runs the job "load" in it, and adds what that reports.
func (g *guest) run(ctx context.Context, sum *report, params *loadParams) error {
	text, err := json.Marshal(params)
	if err != nil {
		return err
	}
	cfg := g.cfg
	cfg.Args = []string{jobWord, "load", string(text)}
	result, err := vm.Run(ctx, g.kernel, &cfg)
	if err != nil {
		return err
	}
	r, err := readReport(result.Output)
	if err != nil {
		return err
	}
	progress("  %.2f s by the guest's clock, the whole guest %.0f s by ours, %.0f modules in the kernel; %s",
		r.Values[loadTime][0], result.Duration.Seconds(), r.Values[loadModule][0], r.Note)
	for name, values := range r.Values {
		for _, v := range values {
			sum.add(name, v)
		}
	}
	return nil
}

// qemuVersion is the version of the emulator of guests.
func qemuVersion() string {
	out, err := exec.Command("qemu-system-x86_64", "--version").Output()
	if err != nil {
		return ""
	}
	version := ""
	if _, err := fmt.Sscanf(string(out), "QEMU emulator version %s", &version); err != nil {
		return ""
	}
	return "QEMU " + version
}
