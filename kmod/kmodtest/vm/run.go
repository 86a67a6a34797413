package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// slots bounds how many guests one process runs at once.
var slots = make(chan struct{}, 2)

// Run boots the kernel with a program and waits for its end. A program that
// ends with any exit status gives a Result. A guest that panics, hangs until
// the timeout or the end of ctx, or vanishes gives a *GuestError. A nil cfg
// means defaults. Run is safe for concurrent use: two guests run, others wait.
func Run(ctx context.Context, k *Kernel, cfg *Config) (*Result, error) {
	c := cfg.withDefaults()
	if c.Program == "" {
		if k.Arch != runtime.GOARCH {
			return nil, fmt.Errorf("vm: the kernel %s is for %s, and this program for %s: Config.Program must name one for that",
				k.Release, k.Arch, runtime.GOARCH)
		}
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("vm: find the running program: %w", err)
		}
		c.Program = self
	}
	return inSlot(ctx, k, func(p *platform, dir string) (*Result, error) { return runIn(ctx, p, dir, k, &c) })
}

// inSlot waits until a guest may run, and gives it the virtual machine for its kernel
// and a directory for its files.
func inSlot(ctx context.Context, k *Kernel, guest func(p *platform, dir string) (*Result, error)) (*Result, error) {
	p, err := available(k.Arch)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	dir, err := os.MkdirTemp("", "gokmod-vm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	return guest(p, dir)
}

// Available returns the reason why no guest of this machine's own architecture can be
// run on it, or nil.
func Available() error {
	_, err := available(runtime.GOARCH)
	return err
}

// available returns the virtual machine for an architecture, or the reason why none can
// be run.
func available(arch string) (*platform, error) {
	if runtime.GOOS != "linux" {
		return nil, fmt.Errorf("vm: guests run on Linux only, this is %s: %w", runtime.GOOS, errors.ErrUnsupported)
	}
	p, err := platformOf(arch)
	if err == nil {
		_, err = p.program()
	}
	return p, err
}

// runIn performs a run with its files in dir.
func runIn(ctx context.Context, p *platform, dir string, k *Kernel, cfg *Config) (*Result, error) {
	t := newTask(p, cfg)
	m, err := buildImage(k, cfg, t)
	if err != nil {
		return nil, err
	}
	v := &machine{
		platform: p,
		kernel:   k,
		cfg:      cfg,
		initrd:   filepath.Join(dir, "initrd"),
		qmp:      filepath.Join(dir, "qmp"),
	}
	if err := writeImage(v.initrd, m); err != nil {
		return nil, err
	}
	res, err := v.boot(ctx, t.Token)
	if v.cfg.Monitor == nil && diedEarly(err) {
		res, err = v.boot(ctx, t.Token)
	}
	return res, err
}

// boot runs the machine once.
func (v *machine) boot(ctx context.Context, token string) (*Result, error) {
	start := time.Now()
	qemu, runErr := v.run(ctx)
	res, err := v.collect(token, time.Since(start), qemu, runErr)
	switch {
	case v.monitorErr == nil:
		return res, err
	case err != nil:
		return nil, errors.Join(v.monitorErr, err)
	}
	return nil, &GuestError{Release: v.kernel.Release, Err: v.monitorErr, QEMU: qemu, Output: res.Output, Log: res.Log}
}

// diedEarly reports whether the kernel panicked before it ran the program. That is
// the emulator's fault: when a kernel patches its code, another emulated processor
// may execute half an instruction.
func diedEarly(err error) bool {
	var e *GuestError
	return errors.As(err, &e) && e.Err == ErrPanic && !bytes.Contains(e.Log, []byte("as init process"))
}

func writeImage(name string, m *image) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := m.writeTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
