package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/kmod/live"
)

// The module's parameter and its messages.
const (
	params   = "times=2"
	times    = 2
	greeting = "I bear a charmed life."
	farewell = "Out, out, brief candle!"
)

// stage is where the module is played: a kernel and ways to look into it.
type stage struct {
	*screen
	path   string // of the module file
	loader *kmod.Loader
	sys    fs.FS                                  // /sys
	log    interface{ Lines() ([]string, error) } // of the kernel, since the last call
}

// play inserts the module into the running kernel, shows its traces and removes
// it.
func play(s *screen, path string) error {
	log, err := openKernelLog()
	if err != nil {
		return err
	}
	defer log.Close()
	p := &stage{screen: s, path: path, loader: kmod.NewLoader(nil, &kmod.LoaderConfig{Explain: diagnose.Explainer()}), sys: os.DirFS("/sys"), log: log}
	return p.play()
}

// play runs all scenes. A scene that fails does not keep the module from being
// removed.
func (p *stage) play() error {
	if err := p.insert(); err != nil {
		return err
	}
	shown := errors.Join(p.logged(times, greeting), p.parameter(), p.row())
	if err := p.remove(); err != nil {
		return errors.Join(shown, err)
	}
	return errors.Join(shown, p.logged(1, farewell), p.gone())
}

// insert inserts the module. The kernel gives the reason for a refusal only in
// its log, so that is shown as well.
func (p *stage) insert() error {
	p.heading("Insert the module, with a parameter")
	p.call("loader.Insert(ctx, %q, %q, 0)", p.path, params)
	if err := p.loader.Insert(context.Background(), p.path, params, 0); err != nil {
		lines, _ := p.log.Lines()
		for _, line := range lines {
			p.show("kernel log: %s", line)
		}
		return err
	}
	p.show("inserted")
	return nil
}

// logged shows the new lines of the kernel log, and checks how often the text
// is among them.
func (p *stage) logged(n int, text string) error {
	p.heading("The kernel log since then")
	p.call(`read "/dev/kmsg"`)
	lines, err := p.log.Lines()
	if err != nil {
		return err
	}
	found := 0
	for _, line := range lines {
		p.show("%s", line)
		if strings.HasSuffix(line, "] "+text) {
			found++
		}
	}
	if found != n {
		return fmt.Errorf("the kernel log has %q %d times, it should have it %d times", text, found, n)
	}
	return nil
}

// parameter shows the parameter as the module has it.
func (p *stage) parameter() error {
	const name = "module/hello/parameters/times"
	p.heading("The parameter, as the module has it")
	p.call("os.ReadFile(%q)", "/sys/"+name)
	value, err := fs.ReadFile(p.sys, name)
	if err != nil {
		return err
	}
	p.show("%s", strings.TrimSpace(string(value)))
	if got := "times=" + strings.TrimSpace(string(value)); got != params {
		return fmt.Errorf("the module was given %s, but has %s", params, got)
	}
	return nil
}

// row shows the module's row among the loaded ones.
func (p *stage) row() error {
	p.heading("Its row among the loaded modules")
	m, err := p.loaded()
	if err != nil {
		return err
	}
	if m == nil {
		return errors.New("the module is not among the loaded ones")
	}
	p.show("%-8s %-7s %-8s %-6s %s", "NAME", "SIZE", "REFCOUNT", "STATE", "TAINT")
	p.show("%-8s %-7d %-8d %-6s %s", m.Name, m.Size, m.Refcount, m.State, m.Taint)
	if m.State != live.StateLive {
		return fmt.Errorf("the module's state is %s, not live", m.State)
	}
	return nil
}

// remove removes the module.
func (p *stage) remove() error {
	p.heading("Remove the module")
	p.call("loader.Remove(ctx, %q, 0)", "hello")
	if err := p.loader.Remove(context.Background(), "hello", 0); err != nil {
		return err
	}
	p.show("removed")
	return nil
}

// gone shows that the module is no longer loaded.
func (p *stage) gone() error {
	p.heading("Is it still among the loaded modules?")
	m, err := p.loaded()
	if err != nil {
		return err
	}
	if m != nil {
		return errors.New("the module is still among the loaded ones")
	}
	p.show("no")
	return nil
}

// loaded looks for the module among the loaded ones; nil means that it is not.
func (p *stage) loaded() (*live.LoadedModule, error) {
	p.call("for m, err := range live.Loaded(loader.Kernel())")
	for m, err := range live.Loaded(p.loader.Kernel()) {
		if err != nil {
			return nil, err
		}
		if m.Name == "hello" {
			return &m, nil
		}
	}
	return nil, nil
}
