package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokmod/gokmod/internal/test/kernels"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/closure"
	"github.com/gokmod/gokmod/kmod/kmodtest/vm"
)

// vmArgs are the modules for an ext4 file system on a virtio disk. For crc32c,
// which ext4 requests by a soft dependency, there are two modules; the one for
// newer processors is excluded, since one is enough.
var vmArgs = []string{"-exclude", "crc32c_intel", "ext4", "virtio_pci", "virtio_blk"}

// TestVM boots the image to a disk, and shows that it does not boot without any
// one of its modules.
func TestVM(t *testing.T) {
	kernels := vm.Kernels(t, kernels.Usual()...)
	dir := t.TempDir()
	init := goBuild(t, dir, "init", ".")
	tools := goBuild(t, dir, "kmod", "../kmod")
	disk := makeDisk(t, dir)
	for _, k := range kernels {
		t.Run(k.Release, func(t *testing.T) {
			m := &vmImage{kernel: k, disk: disk, args: []string{"-root", k.Dir, "-release", k.Release, "-init", init}}
			t.Run("whole", func(t *testing.T) { m.bootWhole(t, "/dev/vda", []string{"-uncompressed"}) })
			t.Run("with modprobe, by UUID", func(t *testing.T) { m.bootWhole(t, "UUID="+diskUUID, []string{"-modprobe", tools}) })
			for _, name := range m.modules(t) {
				t.Run("without "+name, func(t *testing.T) {
					log := m.boot(t, "/dev/vda", []string{"-uncompressed"}, name)
					if bytes.Contains(log, []byte("rootinit:")) || !bytes.Contains(log, []byte("initramfs: giving up:")) {
						t.Errorf("it does not fail:\n%s", tail(log))
					}
				})
			}
		})
	}
}

// goBuild builds a program that needs no shared libraries.
func goBuild(t *testing.T, dir, name, pkg string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", file, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return file
}

// diskUUID is that of the disk's file system.
const diskUUID = "6f0b1c9e-3f0c-4d1e-9a53-2b8c1d7e5f40"

// makeDisk makes a disk with an ext4 file system that has an init.
func makeDisk(t *testing.T, dir string) string {
	t.Helper()
	tool := "mkfs.ext4"
	if path, err := exec.LookPath("/usr/sbin/" + tool); err == nil {
		tool = path
	} else if _, err := exec.LookPath(tool); err != nil {
		if os.Getenv("GOKMOD_REQUIRE_VM") == "1" {
			t.Fatal("GOKMOD_REQUIRE_VM=1 is set, but: ", err)
		}
		t.Skip(err)
	}
	root := filepath.Join(dir, "root")
	for _, name := range []string{"sbin", "proc", "sys", "dev", "run"} {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	goBuild(t, filepath.Join(root, "sbin"), "init", "./testdata/rootinit")
	disk := filepath.Join(dir, "disk")
	if out, err := exec.Command(tool, "-q", "-U", diskUUID, "-d", root, disk, "32M").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", tool, err, out)
	}
	return disk
}

// vmImage is an image for a kernel.
type vmImage struct {
	kernel *vm.Kernel
	disk   string
	args   []string
}

// closure opens the tree and collects what the image has.
func (m *vmImage) closure(t *testing.T, more []string) (*options, *closure.Closure) {
	t.Helper()
	o, err := parseOptions(slices.Concat(m.args, []string{"-o", filepath.Join(t.TempDir(), "initrd")}, more, vmArgs), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	db, err := kmod.Open(&kmod.Config{Root: o.root, Release: o.release})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c, err := closure.Collect(t.Context(), db, &o.closure, o.names...)
	if err != nil {
		t.Fatal(err)
	}
	return o, c
}

// modules are the names of the modules with files in the closure, which are all
// of its files: the drivers name no firmware, and there is no configuration.
func (m *vmImage) modules(t *testing.T) []string {
	t.Helper()
	_, c := m.closure(t, nil)
	var names []string
	for _, module := range c.Modules {
		if module.Path != "" {
			names = append(names, module.Name)
		}
	}
	if len(names) < 5 || len(c.Firmware) > 0 {
		t.Fatalf("the closure is not what it should be:\n%s", c)
	}
	return names
}

// bootWhole boots the image with the whole closure.
func (m *vmImage) bootWhole(t *testing.T, root string, more []string) {
	t.Helper()
	log := m.boot(t, root, more, "")
	if !bytes.Contains(log, []byte("rootinit: the root file system is ext4 on /dev/vda")) {
		t.Errorf("it does not reach the disk:\n%s", tail(log))
	}
}

// boot boots an image to a root device, without a module, unless that is "". It
// returns the console's output.
func (m *vmImage) boot(t *testing.T, root string, more []string, without string) []byte {
	t.Helper()
	o, c := m.closure(t, more)
	if without == "" {
		if err := o.run(t.Context(), io.Discard, t.Output()); err != nil {
			t.Fatal(err)
		}
	} else {
		c.Modules = slices.DeleteFunc(c.Modules, func(m closure.Module) bool { return m.Name == without })
		image, err := o.contents(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.writeFile(t.Context(), image); err != nil {
			t.Fatal(err)
		}
	}
	res, err := vm.Boot(t.Context(), m.kernel, o.output, &vm.Config{
		Cmdline: []string{"root=" + root, "ro", "quiet", "initramfs.timeout=2"},
		QEMUArgs: []string{"-drive", "file=" + m.disk + ",if=none,id=disk,format=raw,snapshot=on",
			"-device", "virtio-blk-pci,drive=disk"},
		Memory:  512,
		CPUs:    1,
		Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v", res.Duration.Round(10*time.Millisecond))
	return res.Log
}

// tail returns the end of a console log.
func tail(log []byte) string {
	lines := strings.Split(string(log), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
