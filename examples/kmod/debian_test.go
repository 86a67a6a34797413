package main

import (
	"errors"
	"testing"

	"github.com/gokmod/gokmod/internal/test/debian"
)

// TestDebian boots two systems of Debian that differ in their kmod alone, Debian's or
// ours, and compares them. In each root, Debian's scripts have run depmod and made the
// initial RAM disk with which it starts. A third guest has our daemon in the place of
// udev, and our initial RAM disk: its devices must have the same drivers. No two starts of
// a system under emulation are alike: where the systems differ, they start once more.
//
// GOKMOD_DEBIAN_SUITE names another suite than this machine's; with
// GOKMOD_DEBIAN_MODULES=most the initial RAM disks are those for any machine, as Debian
// makes them by default; GOKMOD_DEBIAN_KMOD is another program to take kmod's place,
// and GOKMOD_DEBIAN_KEEP a directory for the reports and the consoles.
func TestDebian(t *testing.T) {
	if testing.Short() {
		debian.Unavailable(t, errors.New("systems are not booted in short mode"))
	}
	lab := newDebianLab(t)
	theirs, ours := lab.root(t, "theirs"), lab.root(t, "ours")
	together(func() { theirs.install(t, "") }, func() { ours.install(t, lab.program) })
	if t.Failed() {
		t.FailNow()
	}
	t.Run("files", func(t *testing.T) { compareInstalled(t, ours, theirs) })
	daemon := lab.withoutUdev(t, ours)
	together(func() { theirs.boot(t) }, func() { ours.boot(t) }, func() { daemon.boot(t) })
	if theirs.report == nil || ours.report == nil || daemon.report == nil {
		t.FailNow()
	}
	t.Run("system", func(t *testing.T) {
		all := debian.Compare(ours.report, theirs.report, debianAllowances)
		if len(all) > 0 {
			t.Logf("differences, of which those count that are there once more:\n%s", debian.Describe(all))
			together(func() { theirs.boot(t) }, func() { ours.boot(t) })
			all = debian.Both(all, debian.Compare(ours.report, theirs.report, debianAllowances))
		}
		if len(all) > 0 {
			t.Errorf("differences:\n%s", debian.Describe(all))
		}
		if all := debian.Compare(theirs.report, theirs.report, nil); len(all) > 0 {
			t.Errorf("kmod's system:\n%s", debian.Describe(all))
		}
	})
	t.Run("calls", func(t *testing.T) { ours.checkCalls(t) })
	t.Run("service", func(t *testing.T) { checkService(t, ours.report["service"]) })
	t.Run("without udev", func(t *testing.T) {
		if all := debian.CompareDrivers(daemon.report, theirs.report, nil); len(all) > 0 {
			t.Errorf("differences:\n%s", debian.Describe(all))
		}
	})
}
