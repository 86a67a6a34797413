package vm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// machine is one QEMU process with its files.
type machine struct {
	platform *platform
	kernel   *Kernel
	cfg      *Config
	initrd   string
	qmp      string // a socket, with a Monitor only

	log, output []byte // from the console and from the result port
	monitorErr  error  // of Config.Monitor
}

// run runs QEMU to its end and returns QEMU's own output.
func (v *machine) run(ctx context.Context) (string, error) {
	qemu, err := v.platform.program()
	if err != nil {
		return "", err
	}
	var w *watch
	var listen func(io.Reader)
	if v.cfg.Monitor != nil {
		if w, err = newWatch(v.qmp); err != nil {
			return "", err
		}
		listen = w.listen
	}
	console, result, err := newPorts()
	if err != nil {
		w.close()
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, v.cfg.Timeout)
	defer cancel()
	go console.receive(nil)
	go result.receive(listen)
	if w != nil {
		go w.run(v.cfg.Monitor, cancel)
	}
	printed, err := v.start(ctx, qemu, console, result)
	v.log, v.output = console.end(), result.end()
	if w != nil {
		v.monitorErr = w.end()
	}
	return printed, err
}

// start runs QEMU with its serial ports connected to pipes. The goroutine stays on
// its thread because QEMU is killed when that ends: it must not outlive this process.
func (v *machine) start(ctx context.Context, qemu string, console, result *port) (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := time.Now()
	cmd := exec.CommandContext(ctx, qemu, v.args()...)
	cmd.ExtraFiles = []*os.File{console.write, result.write} // descriptors 3 and 4
	var printed capture
	printed.max = printedMax
	cmd.Stdout, cmd.Stderr = &printed, &printed
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = dieWithParent()
	err := cmd.Run()
	if ctx.Err() != nil {
		took := time.Since(start).Round(100 * time.Millisecond)
		err = fmt.Errorf("the guest was killed after %v: %w", took, ctx.Err())
	}
	return strings.TrimSpace(string(printed.bytes())), err
}

// printedMax is how much is kept of what QEMU itself prints, in bytes.
const printedMax = 64 << 10

// args is QEMU's command line. With panic=-1 and -no-reboot, a panic ends QEMU
// at once.
func (v *machine) args() []string {
	p := v.platform
	args := slices.Concat(p.accelerator(), p.machine, []string{
		"-smp", strconv.Itoa(v.cfg.CPUs), "-m", strconv.Itoa(v.cfg.Memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-chardev", "file,id=c0,path=/dev/fd/3", "-chardev", "file,id=c1,path=/dev/fd/4",
	}, p.ports, []string{
		"-kernel", v.kernel.Image, "-initrd", v.initrd,
		"-append", strings.Join(slices.Concat(p.cmdline, []string{"panic=-1"}, v.cfg.Cmdline), " "),
	})
	if v.cfg.Monitor != nil {
		args = append(args, "-qmp", "unix:"+v.qmp)
	}
	return append(args, v.cfg.QEMUArgs...)
}

// collect makes the result from what the machine has sent.
func (v *machine) collect(token string, took time.Duration, qemu string, runErr error) (*Result, error) {
	log := untty(v.log)
	output, o, ok := splitResult(v.output, token)
	if ok && o.Error == "" {
		return &Result{Output: output, Log: log, ExitCode: o.Exit, Duration: took}, nil
	}
	e := &GuestError{Release: v.kernel.Release, QEMU: qemu, Output: output, Log: log}
	e.Panic = findPanic(log)
	e.Err = whyNoResult(o.Error, e.Panic, runErr)
	return nil, e
}

// whyNoResult derives the reason from the guest's message, the kernel's panic
// line, and the way QEMU ended.
func whyNoResult(said, panicked string, runErr error) error {
	switch {
	case said != "":
		return fmt.Errorf("%w: start the program: %s", ErrNoResult, said)
	case panicked != "":
		return ErrPanic
	case runErr != nil && isContextError(runErr):
		return runErr
	case runErr != nil:
		return fmt.Errorf("%w: QEMU: %w", ErrNoResult, runErr)
	}
	return ErrNoResult
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
