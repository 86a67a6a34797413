package vm

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// Boot boots the kernel with the caller's initial root file system, a file on
// this machine, and waits until the machine stops. The Result has the console as
// its Log, and no Output or ExitCode. A panic is a normal way to stop; only a
// machine that does not start, or hangs until the timeout or the end of ctx,
// gives a *GuestError. The program, files, modules and monitor of cfg are
// ignored. Boot is safe for concurrent use, as is Run.
func Boot(ctx context.Context, k *Kernel, initrd string, cfg *Config) (*Result, error) {
	c := cfg.withDefaults()
	c.Monitor = nil
	return inSlot(ctx, func(dir string) (*Result, error) { return bootIn(ctx, dir, k, initrd, &c) })
}

// bootIn performs a boot with its files in dir.
func bootIn(ctx context.Context, dir string, k *Kernel, initrd string, cfg *Config) (*Result, error) {
	v := &machine{kernel: k, cfg: cfg, initrd: initrd, log: filepath.Join(dir, "log"), output: filepath.Join(dir, "output")}
	start := time.Now()
	qemu, runErr := v.run(ctx)
	log, err := readOptional(v.log)
	if err != nil {
		return nil, err
	}
	log = untty(log)
	if runErr != nil {
		return nil, &GuestError{Release: k.Release, Err: fmt.Errorf("QEMU: %w", runErr), QEMU: qemu, Log: log, Panic: findPanic(log)}
	}
	return &Result{Log: log, Duration: time.Since(start)}, nil
}
