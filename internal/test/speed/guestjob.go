package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// guestKmod is where a guest has kmod's own program.
const guestKmod = "/usr/bin/kmod"

// loadParams are the parameters of the job that loads modules into the running kernel.
type loadParams struct {
	Modules  []string `json:"modules"`
	Parallel int      `json:"parallel,omitempty"`
	Peer     bool     `json:"peer,omitempty"` // load them with kmod's modprobe
	Each     bool     `json:"each,omitempty"` // with one process for each
}

// Names of the values that the job reports.
const (
	loadTime   = "time"
	loadCalls  = "calls" // while at least one of the calls that insert a module was under way
	loadModule = "modules"
)

// load loads modules into the kernel that it runs in.
func load(p *loadParams) (*report, error) {
	r := &report{}
	run := loadOurs
	if p.Peer {
		run = loadPeer
	}
	if err := run(p, r); err != nil {
		return nil, err
	}
	loaded := 0
	for _, err := range live.Loaded(&live.Host{}) {
		if err != nil {
			return nil, err
		}
		loaded++
	}
	r.add(loadModule, float64(loaded))
	return r, nil
}

// loadPeer loads them with kmod's modprobe, which goes on after a module that fails.
func loadPeer(p *loadParams, r *report) error {
	together := len(p.Modules)
	if p.Each {
		together = 1
	}
	start := time.Now()
	for names := range slices.Chunk(p.Modules, together) {
		cmd := exec.Command(guestKmod)
		cmd.Args = append([]string{"modprobe", "-a"}, names...)
		said, err := cmd.CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			return fmt.Errorf("%w: %s", err, said)
		}
	}
	r.add(loadTime, time.Since(start).Seconds())
	return nil
}

// loadOurs loads them with a Loader.
func loadOurs(p *loadParams, r *report) error {
	requests := make([]kmod.Request, len(p.Modules))
	for i, name := range p.Modules {
		requests[i].Name = name
	}
	kernel := &timedKernel{Host: &live.Host{}}
	start := time.Now()
	loader, err := kmod.OpenLoader(nil, &kmod.LoaderConfig{Kernel: kernel, Parallel: p.Parallel})
	if err != nil {
		return err
	}
	defer loader.Close()
	plan, err := loader.DB().PlanRequests(nil, requests...)
	if err != nil {
		return err
	}
	// Some init functions fail: they find no device, or only run tests.
	result, err := loader.Run(context.Background(), plan, &kmod.RunOptions{KeepGoing: true})
	if result == nil {
		return err
	}
	r.add(loadTime, time.Since(start).Seconds())
	r.add(loadCalls, kernel.busy.Seconds())
	r.Note = slowest(result)
	return nil
}

// shownSteps is how many of the slowest steps are shown.
const shownSteps = 8

// slowest names the steps that took longest: a module that only runs tests is one to
// leave out of the set without such.
func slowest(result *kmod.Result) string {
	steps := slices.Clone(result.Steps)
	slices.SortFunc(steps, func(a, b kmod.StepResult) int { return cmp.Compare(b.Duration, a.Duration) })
	var words []string
	for _, s := range steps[:min(shownSteps, len(steps))] {
		words = append(words, fmt.Sprintf("%s %v", s.Step.Module.Name, s.Duration.Round(time.Millisecond)))
	}
	return "slowest: " + strings.Join(words, ", ")
}

// timedKernel is the running kernel, of which it measures how long the calls take that
// insert modules. Calls that overlap count once.
type timedKernel struct {
	*live.Host
	mu      sync.Mutex
	calls   int       // under way
	started time.Time // when there was none before
	busy    time.Duration
}

func (k *timedKernel) FinitModule(file *os.File, params string, flags live.InsertFlags) error {
	defer k.call()()
	return k.Host.FinitModule(file, params, flags)
}

func (k *timedKernel) InitModule(image []byte, params string) error {
	defer k.call()()
	return k.Host.InitModule(image, params)
}

// call marks the start of a call, and returns the function that marks its end.
func (k *timedKernel) call() (end func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.calls++; k.calls == 1 {
		k.started = time.Now()
	}
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.calls--; k.calls == 0 {
			k.busy += time.Since(k.started)
		}
	}
}
