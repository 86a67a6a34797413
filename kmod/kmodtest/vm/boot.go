package vm

import (
	"context"
	"fmt"
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
	return inSlot(ctx, k, func(p *platform, _ string) (*Result, error) { return boot(ctx, p, k, initrd, &c) })
}

// boot performs a boot.
func boot(ctx context.Context, p *platform, k *Kernel, initrd string, cfg *Config) (*Result, error) {
	v := &machine{platform: p, kernel: k, cfg: cfg, initrd: initrd}
	start := time.Now()
	qemu, runErr := v.run(ctx)
	log := untty(v.log)
	if runErr != nil {
		return nil, &GuestError{Release: k.Release, Err: fmt.Errorf("QEMU: %w", runErr), QEMU: qemu, Log: log, Panic: findPanic(log)}
	}
	return &Result{Log: log, Duration: time.Since(start)}, nil
}
