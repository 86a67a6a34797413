package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// runHere builds the module for the running kernel and plays it there.
func runHere(ctx context.Context, s *screen, m *machine) error {
	if err := setUpHere(ctx, s, m); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hello-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ko, err := buildModule(ctx, s, dir, m.release, m.compiler(m.release))
	if err != nil {
		return err
	}
	if err := describe(s, ko, m.release); err != nil {
		return err
	}
	return play(s, ko)
}

// setUpHere checks that the running kernel accepts modules, and that everything
// needed to build one is installed.
func setUpHere(ctx context.Context, s *screen, m *machine) error {
	s.heading("Check what is installed")
	if m.release == "" {
		return errors.New("no running Linux kernel found: there is no /proc/sys/kernel/osrelease")
	}
	needs := m.buildNeeds(m.release)
	if obstacles := m.obstacles(); len(obstacles) > 0 {
		return &hereError{m.release, obstacles, m.markUnknown(ctx, needs)}
	}
	if len(needs) == 0 {
		s.show("kernel %s takes modules; its headers, compiler, make: all installed", m.release)
		return nil
	}
	showNeeds(s, needs)
	if !m.hasApt() {
		return m.missing(needs)
	}
	aptUpdate(ctx, s)
	if !m.hasHeaders(m.release) && !aptKnows(ctx, m.distro.headersPackage(m.release)) {
		return &hereError{m.release, nil, m.markUnknown(ctx, needs)}
	}
	return installNeeds(ctx, s, m, func() []need { return m.buildNeeds(m.release) })
}

// markUnknown marks the needs whose packages apt does not know.
func (m *machine) markUnknown(ctx context.Context, needs []need) []need {
	if !m.hasApt() {
		return withoutPackages(needs)
	}
	var out []need
	for _, n := range needs {
		if !aptKnows(ctx, n.pkg) {
			n.pkg += ", which apt does not know"
		}
		out = append(out, n)
	}
	return out
}

// obstacles lists what keeps the running kernel from accepting a module and
// cannot be fixed by installing a package.
func (m *machine) obstacles() []string {
	var found []string
	if !m.exists("proc/modules") {
		found = append(found, "the kernel has no support for modules: there is no /proc/modules (CONFIG_MODULES)")
	}
	if disabled, _ := m.read("proc/sys/kernel/modules_disabled"); disabled == "1" {
		found = append(found, "loading is disabled until the next boot: /proc/sys/kernel/modules_disabled is 1")
	}
	if m.user != 0 {
		found = append(found, "only root may insert modules")
	}
	return found
}

// hereError says why the running kernel cannot be used.
type hereError struct {
	release   string
	obstacles []string
	needs     []need // missing too
}

func (e *hereError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the running kernel, Linux %s, cannot be used:", e.release)
	for _, o := range e.obstacles {
		b.WriteString("\n  - " + o)
	}
	b.WriteString(listNeeds(e.needs))
	b.WriteString("\nWithout -here a virtual machine is used instead.")
	return b.String()
}
