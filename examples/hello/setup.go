package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// setUpGuest checks that everything for a virtual machine is installed, and
// returns its kernel. If something is missing that cannot be installed, nothing
// is changed.
func setUpGuest(ctx context.Context, s *screen, m *machine) (*vm.Kernel, error) {
	s.heading("Check what is installed")
	if k := readyKernel(m); k != nil {
		s.show("kernel %s, its headers, compiler, make, QEMU: all installed", k.Release)
		return k, nil
	}
	if !m.hasApt() {
		return nil, m.missing(m.guestNeeds(""))
	}
	release, err := currentRelease(ctx, s, m)
	if err != nil {
		return nil, err
	}
	if err := installNeeds(ctx, s, m, func() []need { return m.guestNeeds(release) }); err != nil {
		return nil, err
	}
	return fetchKernel(ctx, s, m, release)
}

// readyKernel returns the newest cached kernel for which nothing is missing, or
// nil.
func readyKernel(m *machine) *vm.Kernel {
	for _, k := range vm.Cached() {
		if len(m.guestNeeds(k.Release)) == 0 {
			return k
		}
	}
	return nil
}

// currentRelease determines the release of the distribution's kernel. It
// updates apt's lists first, so that image and headers match and can still be
// downloaded. Without root's privileges it uses the lists as they are.
func currentRelease(ctx context.Context, s *screen, m *machine) (string, error) {
	release, err := m.current(ctx, m.distro.image)
	needs := m.guestNeeds(release)
	showNeeds(s, needs)
	if m.canInstall() {
		aptUpdate(ctx, s)
		return m.current(ctx, m.distro.image)
	}
	if len(needs) > 0 {
		return "", m.missing(needs)
	}
	return release, err
}

func showNeeds(s *screen, needs []need) {
	for _, n := range needs {
		s.show("missing: %s, package %s", n.what, n.pkg)
	}
	if len(needs) == 0 {
		s.show("missing: the kernel itself")
	}
}

// installRounds bounds the installation: which compiler is needed is known only
// once the headers are there.
const installRounds = 2

// installNeeds installs packages until nothing is missing.
func installNeeds(ctx context.Context, s *screen, m *machine, missing func() []need) error {
	for range installRounds {
		needs := missing()
		if len(needs) == 0 {
			return nil
		}
		if !m.canInstall() {
			return m.missing(needs)
		}
		if err := aptInstall(ctx, s, packagesOf(needs)); err != nil {
			return err
		}
	}
	if needs := missing(); len(needs) > 0 {
		return m.missing(needs)
	}
	return nil
}

// fetchKernel downloads the kernel for the virtual machine into the cache.
func fetchKernel(ctx context.Context, s *screen, m *machine, release string) (*vm.Kernel, error) {
	start := time.Now()
	s.heading("Get the kernel %s for the virtual machine: unpacked in the cache, not installed", release)
	s.call("vm.Fetch(ctx, %q, os.Stdout)", m.distro.image)
	k, err := vm.Fetch(ctx, m.distro.image, s.output())
	if err != nil {
		return nil, err
	}
	if k.Release != release {
		return nil, fmt.Errorf("the kernel %s could not be downloaded", release)
	}
	s.show("%s (%s)", k.Image, seconds(time.Since(start)))
	return k, nil
}
