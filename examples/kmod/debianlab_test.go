package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/debian"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// together runs functions at the same time.
func together(functions ...func()) {
	var wg sync.WaitGroup
	for _, f := range functions {
		wg.Go(f)
	}
	wg.Wait()
}

// debianLab is what the systems are made of.
type debianLab struct {
	dir     string
	base    *debian.Base
	program string // in the place of kmod

	ondemand, initramfs string // our other programs
	start               time.Time
}

func newDebianLab(t *testing.T) *debianLab {
	t.Helper()
	if err := debian.Available(t.Context()); err != nil {
		debian.Unavailable(t, err)
	}
	suite, err := os.Getenv("GOKMOD_DEBIAN_SUITE"), error(nil)
	if suite == "" {
		suite, err = debian.HostSuite()
	}
	if err != nil {
		debian.Unavailable(t, err)
	}
	lab := &debianLab{dir: t.TempDir(), program: os.Getenv("GOKMOD_DEBIAN_KMOD"), start: time.Now()}
	if lab.program == "" {
		lab.program = build(t)
	}
	lab.ondemand = buildProgram(t, runtime.GOARCH, "../ondemand", "ondemand")
	lab.initramfs = buildProgram(t, runtime.GOARCH, "../initramfs", "initramfs")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	if lab.base, err = debian.Prepare(ctx, suite, t.Output()); err != nil {
		debian.Unavailable(t, err)
	}
	lab.note(t, "Debian "+suite)
	return lab
}

// note tells how long it took so far.
func (l *debianLab) note(t *testing.T, what string) {
	t.Logf("%v: %s", time.Since(l.start).Round(100*time.Millisecond), what)
}

// debianRoot is a root and what becomes of it.
type debianRoot struct {
	*debian.Root
	lab    *debianLab
	name   string
	system debian.System
	report debian.Report
}

func (l *debianLab) root(t *testing.T, name string) *debianRoot {
	t.Helper()
	root, err := l.base.Copy(t.Context(), filepath.Join(l.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return &debianRoot{Root: root, lab: l, name: name}
}

// install completes a root, with a program in the place of kmod unless that is "", and
// makes a disk of it.
func (r *debianRoot) install(t *testing.T, program string) {
	modules := os.Getenv("GOKMOD_DEBIAN_MODULES")
	if modules == "" {
		modules = "list"
	}
	err := r.Furnish(modules)
	if err == nil && program != "" {
		err = r.Divert(t.Context(), program)
	}
	if err != nil {
		t.Errorf("%s: %v", r.name, err)
		return
	}
	out, err := r.Configure(t.Context())
	r.lab.note(t, r.name+" is configured")
	t.Logf("%s: %s", r.name, out)
	if err == nil {
		err = r.makeSystem(t)
	}
	if err != nil {
		t.Errorf("%s: %v", r.name, err)
	}
	r.lab.note(t, r.name+" is installed")
}

// makeSystem makes what is booted.
func (r *debianRoot) makeSystem(t *testing.T) error {
	unit, err := os.ReadFile("../ondemand/systemd/ondemand.service")
	if err == nil {
		err = r.Write("/etc/systemd/system/ondemand.service", string(unit), 0o644)
	}
	if err == nil {
		err = r.CopyIn("/usr/sbin/ondemand", r.lab.ondemand)
	}
	if err != nil {
		return err
	}
	r.system.Disk = filepath.Join(r.lab.dir, r.name+".img")
	if err := r.Image(t.Context(), r.system.Disk); err != nil {
		return err
	}
	if r.system.Initrd, err = r.Initrd(); err != nil {
		return err
	}
	r.system.Kernel, err = r.Kernel(filepath.Join(r.lab.dir, r.name+".vmlinux"))
	return err
}

// boot boots the system. Its console is shown if it has no report.
func (r *debianRoot) boot(t *testing.T) {
	var res *vm.Result
	dir, err := os.MkdirTemp(r.lab.dir, r.name+".guest-")
	if err == nil {
		r.report, res, err = r.system.Boot(t.Context(), dir)
	}
	if err != nil {
		r.report = nil
		t.Errorf("%s: %v", r.name, err)
		if res != nil {
			t.Logf("%s", res.Log)
		}
		return
	}
	r.lab.note(t, r.name+" has ended")
	if keep := os.Getenv("GOKMOD_DEBIAN_KEEP"); keep != "" {
		data, _ := os.ReadFile(filepath.Join(dir, "report"))
		os.WriteFile(filepath.Join(keep, r.name+".report"), data, 0o644)
		os.WriteFile(filepath.Join(keep, r.name+".console"), res.Log, 0o644)
	}
}

// withoutUdev is the system with our daemon and our initial RAM disk, on the same disk.
func (l *debianLab) withoutUdev(t *testing.T, r *debianRoot) *debianRoot {
	t.Helper()
	s := &debianRoot{Root: r.Root, lab: l, name: "without-udev", system: r.system}
	s.system.Initrd = filepath.Join(l.dir, "initramfs.img")
	cmd := exec.Command(l.initramfs, "-root", r.Dir, "-release", s.system.Kernel.Release, "-init", l.initramfs,
		"-o", s.system.Initrd, "ext4", "virtio_pci", "virtio_blk")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	s.system.Cmdline = []string{"init=" + debian.InitWithoutUdev}
	return s
}
