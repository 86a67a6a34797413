package vm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine is one QEMU process with its files.
type machine struct {
	kernel              *Kernel
	cfg                 *Config
	initrd, log, output string
	qmp, live           string // sockets, with a Monitor only

	monitorErr error // of Config.Monitor
}

func qemuPath() (string, error) {
	name, err := exec.LookPath("qemu-system-x86_64")
	if err != nil {
		return "", fmt.Errorf("vm: QEMU is not installed: %w", err)
	}
	return name, nil
}

// run runs QEMU to its end and returns QEMU's own output. The goroutine stays
// on its thread because QEMU is killed when that ends: it must not outlive this
// process.
func (v *machine) run(ctx context.Context) (string, error) {
	qemu, err := qemuPath()
	if err != nil {
		return "", err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, v.cfg.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, qemu, v.args()...)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = dieWithParent()
	if v.cfg.Monitor != nil {
		w, err := newWatch(v.qmp, v.live, v.output)
		if err != nil {
			return "", err
		}
		go w.run(v.cfg.Monitor, cancel)
		defer func() { v.monitorErr = w.end() }()
	}
	err = cmd.Run()
	if ctx.Err() != nil {
		took := time.Since(start).Round(100 * time.Millisecond)
		err = fmt.Errorf("the guest was killed after %v: %w", took, ctx.Err())
	}
	return strings.TrimSpace(printed.String()), err
}

// args is QEMU's command line. With panic=-1 and -no-reboot, a panic ends QEMU
// at once.
func (v *machine) args() []string {
	args := []string{
		"-smp", strconv.Itoa(v.cfg.CPUs), "-m", strconv.Itoa(v.cfg.Memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-serial", "file:" + v.log,
		"-kernel", v.kernel.Image, "-initrd", v.initrd,
		"-append", v.cmdline(),
	}
	if v.cfg.Monitor == nil {
		args = append(args, "-serial", "file:"+v.output)
	} else {
		args = append(args, "-qmp", "unix:"+v.qmp,
			"-chardev", "socket,id=output,path="+v.live, "-serial", "chardev:output")
	}
	return append(append(accelerator(), args...), v.cfg.QEMUArgs...)
}

func accelerator() []string {
	if os.Getenv("GOKMOD_KVM") == "1" {
		return []string{"-accel", "kvm", "-cpu", "host"}
	}
	return []string{"-accel", "tcg,thread=multi"}
}

// cmdline is the kernel command line. Without no_timer_check, a kernel panics
// when a busy host delays its timer interrupts for a moment.
func (v *machine) cmdline() string {
	words := append([]string{"console=ttyS0", "panic=-1", "no_timer_check"}, v.cfg.Cmdline...)
	return strings.Join(words, " ")
}

// collect makes the result from the files that the machine left.
func (v *machine) collect(token string, took time.Duration, qemu string, runErr error) (*Result, error) {
	log, err := readOptional(v.log)
	if err != nil {
		return nil, err
	}
	raw, err := readOptional(v.output)
	if err != nil {
		return nil, err
	}
	log = untty(log)
	output, o, ok := splitResult(raw, token)
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

// readOptional reads a file that QEMU may not have created.
func readOptional(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return data, err
}
