package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// guestModule is the path of the module in the virtual machine.
const guestModule = "/hello.ko"

// runInGuest builds the module for the distribution's kernel and plays it in a
// virtual machine with that kernel.
func runInGuest(ctx context.Context, s *screen, m *machine) error {
	if m.system != "linux/amd64" {
		return fmt.Errorf("virtual machines are run on linux/amd64 only, this is %s", m.system)
	}
	kernel, err := setUpGuest(ctx, s, m)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hello-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ko, err := buildModule(ctx, s, dir, kernel.Release, m.compiler(kernel.Release))
	if err != nil {
		return err
	}
	if err := describe(s, ko, kernel.Release); err != nil {
		return err
	}
	return boot(ctx, s, kernel, ko)
}

// boot starts the virtual machine with this very program in it, and shows the
// program's output there.
func boot(ctx context.Context, s *screen, kernel *vm.Kernel, ko string) error {
	s.heading("Boot Linux %s in QEMU, with this program and %s; it takes 5 to 30 seconds", kernel.Release, guestModule)
	s.call("vm.Run(ctx, kernel, &vm.Config{Files: {Guest: %q, Host: %q}})", guestModule, ko)
	res, err := vm.Run(ctx, kernel, &vm.Config{
		Files: []vm.File{{Guest: guestModule, Host: ko}},
	})
	if err != nil {
		return err
	}
	s.show("booted, ran and powered off (%s)", seconds(res.Duration))
	if _, err := s.w.Write(res.Output); err != nil {
		return err
	}
	if res.ExitCode != 0 {
		return fmt.Errorf("the program failed in the virtual machine with exit status %d", res.ExitCode)
	}
	return nil
}

// inGuest is the program's part in the virtual machine. It returns the exit
// status.
func inGuest(s *screen) int {
	version, err := os.ReadFile("/proc/version")
	if err != nil {
		fmt.Fprintln(s.w, err)
		return 1
	}
	s.heading("In the virtual machine")
	s.show("%s", strings.TrimSpace(string(version)))
	if err := play(s, guestModule); err != nil {
		fmt.Fprintf(s.w, "\nhello, in the virtual machine: %v\n", err)
		return 1
	}
	return 0
}
