package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/test/modtest"
	"github.com/gokmod/gokmod/kmod/diagnose"
	"github.com/gokmod/gokmod/modinfo"
)

// imageWorld is troubledWorld with the images of two kernels, of which one is that of the
// tree.
func imageWorld(t *testing.T) (w *world, root, dir string) {
	t.Helper()
	w, root, dir = troubledWorld(t)
	printk := modinfo.Export{Name: "printk", CRC: modtest.CRC("printk"), HasCRC: true}
	for _, release := range []string{"6.1.0-test", "6.2.0-test"} {
		writeText(t, filepath.Join(root, "vmlinux-"+release), string(kernelImage(release, printk)))
	}
	writeText(t, filepath.Join(root, "nothing"), string(kernelImage("6.1.0-test")))
	return w, root, dir
}

// TestCheckKernel: an image has what Module.symvers has, and the vermagic.
func TestCheckKernel(t *testing.T) {
	w, root, dir := imageWorld(t)
	got := w.run("kmod", "check", "-k", "vmlinux-6.1.0-test", dir)
	if got.status != 1 || !strings.Contains(got.stdout, "\n4 modules: 2 would load, 2 would not\n") || got.stderr != "" ||
		strings.Contains(got.stdout, "architecture") || strings.Contains(got.stdout, "vermagic") {
		t.Errorf("%+v", got)
	}
	got = w.run("kmod", "check", "--kernel=vmlinux-6.2.0-test", dir+"base.ko")
	const another = "base is built for release 6.1.0-test, the kernel is of release 6.2.0-test."
	if got.status != 1 || !strings.Contains(got.stdout, another) {
		t.Errorf("another kernel: %+v", got)
	}
	got = w.run("kmod", "check", "-k", "vmlinux-6.1.0-test", dir+"fine.ko")
	if got.status != 0 || !strings.Contains(got.stdout, "modules that it depends on are not at hand: base.") ||
		!strings.Contains(got.stdout, "\n1 module: 0 would load, 1 might not\n") {
		t.Errorf("without what it needs: %+v", got)
	}
	if got = w.run("kmod", "check", "-k", "vmlinux-6.1.0-test", "-d", root, dir+"fine.ko"); got.status != 0 {
		t.Errorf("with the module directory of the image's release: %+v", got)
	}
	got = w.run("kmod", "check", "-k", "vmlinux-6.1.0-test", "--symvers", "Module.symvers", dir+"base.ko")
	if got.status != 0 {
		t.Errorf("both: %+v", got)
	}
	if got = w.run("kmod", "check", "-k", "nothing", dir); got.status != 1 || !strings.Contains(got.stderr, "nothing") ||
		!strings.HasPrefix(got.stderr, "check: ERROR: ") || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("a kernel without exports: %+v", got)
	}
}

// TestDiagnoseKernel: the modules are those of the image's release.
func TestDiagnoseKernel(t *testing.T) {
	w, root, _ := imageWorld(t)
	got := w.run("kmod", "diagnose", "-k", "vmlinux-6.1.0-test", "-d", root, "fine")
	if got.status != 0 || !strings.HasPrefix(got.stdout, "fine: nothing is known that would keep it from loading\n") {
		t.Errorf("%+v", got)
	}
	got = w.run("kmod", "diagnose", "-k", "vmlinux-6.1.0-test", "-d", root, "lonely")
	if got.status != 1 || !strings.HasPrefix(got.stdout, "lonely: would not load: it needs the symbol s1,") {
		t.Errorf("%+v", got)
	}
	got = w.run("kmod", "diagnose", "--kernel", "vmlinux-6.2.0-test", "-d", root, "-S", "6.1.0-test", "base")
	if got.status != 1 || !strings.Contains(got.stdout, "the kernel is of release 6.2.0-test") {
		t.Errorf("modules of another kernel: %+v", got)
	}
}

// TestCheckRelease: the release alone is enough where the kernel's image or Module.symvers
// lie where they are installed.
func TestCheckRelease(t *testing.T) {
	w, root, dir := imageWorld(t)
	check := []string{"kmod", "check", "-v", "-r", "6.1.0-test", "-d", root, dir}
	got := w.run(check...)
	const nothing = "check: ERROR: nothing says what the kernel 6.1.0-test exports; see --kernel and --symvers.\n"
	if got.status != 1 || got.stderr != nothing ||
		!strings.Contains(got.stdout, "\nnot checked: whether the kernel has all symbols of 4 modules; there is no ") {
		t.Errorf("without either: %+v", got)
	}
	image := filepath.Join(root, "boot/vmlinuz-6.1.0-test")
	writeText(t, image, readText(t, filepath.Join(root, "vmlinux-6.1.0-test")))
	symvers := filepath.Join(root, "lib/modules/6.1.0-test/build/Module.symvers")
	for _, source := range []string{image, symvers} {
		got = w.run(check...)
		if got.status != 1 || got.stderr != "" || !strings.Contains(got.stdout, "\n  according to "+source+"\n") ||
			!strings.Contains(got.stdout, "\n4 modules: 2 would load, 2 would not\n") {
			t.Errorf("%s: %+v", source, got)
		}
		writeText(t, symvers, readText(t, filepath.Join(root, "Module.symvers")))
	}
}

// TestDiagnoseBootImage: without a Module.symvers, the image from which the kernel is booted
// is found, and named.
func TestDiagnoseBootImage(t *testing.T) {
	w, root, _ := imageWorld(t)
	image := filepath.Join(root, "boot/vmlinuz-6.1.0-test")
	writeText(t, image, readText(t, filepath.Join(root, "vmlinux-6.1.0-test")))
	got := w.run("kmod", "diagnose", "-S", "6.1.0-test", "-d", root, "lonely")
	if got.status != 1 || !strings.HasPrefix(got.stdout, "lonely: would not load: it needs the symbol s1,") ||
		!strings.Contains(got.stdout, "\n  according to "+image+"\n") {
		t.Errorf("%+v", got)
	}
	got = w.run("kmod", "diagnose", "--json", "-S", "6.1.0-test", "-d", root, "lonely")
	if strings.Count(got.stdout, `"source":"`+image+`"`) != 5 {
		t.Errorf("%+v", got)
	}
}

// TestSources: what a finding is taken from is said once for all, or for those that are alike.
func TestSources(t *testing.T) {
	list := []diagnose.Finding{
		{Module: "m", Severity: diagnose.SeverityWould, Text: "m needs a.", Advice: "Build it.", Source: "/boot/vmlinuz"},
		{Module: "m", Severity: diagnose.SeverityWould, Text: "m needs b.", Advice: "Build it.", Source: "/boot/vmlinuz"},
		{Module: "m", Severity: diagnose.SeverityWould, Text: "m needs c.", Advice: "Build it.", Source: "a\nb"},
		{Module: "m", Text: "m is odd."},
	}
	const want = "  !! m needs a.\n  !! m needs b.\n      Build it.\n      According to /boot/vmlinuz.\n" +
		"  !! m needs c.\n      Build it.\n      According to \"a\\nb\".\n  -  m is odd.\n"
	if got := string(appendFindings(nil, list, false)); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	const one = "  !! m needs a.\n  !! m needs b.\n      Build it.\n  -  m is odd.\n  according to /boot/vmlinuz\n"
	list[2] = list[3]
	if got := string(appendFindings(nil, list[:3], false)); got != one {
		t.Errorf("got\n%s, want\n%s", got, one)
	}
}
