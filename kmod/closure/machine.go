package closure

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// Machine describes a running machine for which an image is made: the closure has the
// drivers of its devices, and what it needs to mount its root file system. The image
// may be for another release of the kernel. The zero value means this machine.
//
// Each file system in Mounts brings in its module and those of the block devices below
// it, however they are stacked: drivers by device number, device-mapper and its targets,
// RAID levels, bcache. No file says which algorithms an encrypted device uses, so that
// the usual ones come, and those that the kernel has from modules according to
// /proc/crypto. What a network file system, ZFS or an overlay lies on is not visible
// either; ask for that by name.
//
// What cannot be found out is a warning. Only the lists of devices, of modules and of
// mounts must be readable.
type Machine struct {
	// Kernel is the machine's kernel, of which /proc and /sys are read. nil means the
	// running one; a [live.Host] has those of a machine that is mounted elsewhere, as
	// at /host.
	Kernel live.Kernel

	// Pid is the process whose mounts count. 0 means this one. A container that has the
	// host's /proc sets it to 1.
	Pid int

	// Mounts are the directories that must be mounted before the image has done its
	// work. One that is not a mount point stands for the file system that it is in.
	// nil means "/", and "/usr" if that is a file system of its own; a list that is
	// empty but not nil means none.
	Mounts []string

	// NoDevices leaves out the drivers of devices that are present: those that match
	// their modaliases, and those that the kernel has bound to some of them.
	NoDevices bool

	// AllSoftdeps collects all soft and weak dependencies. Without it the closure has
	// only those that are in use: that the kernel has at the moment, loaded or built
	// in, whichever module they belong to. If such a dependency is an alias, and none
	// of its modules is in use, all of them come.
	AllSoftdeps bool
}

// machineReader finds out what a machine needs.
type machineReader struct {
	*builder
	machine   *Machine
	kernel    live.Kernel
	proc, sys fs.FS
	targets   []string        // loaded modules that use device-mapper
	blocks    map[string]bool // names of block devices that were visited
	entries   int             // entries of directories in sysfs that were looked at
}

// askMachine asks for what a machine needs.
func (b *builder) askMachine() error {
	if b.opts.Machine == nil {
		return nil
	}
	r := &machineReader{builder: b, machine: b.opts.Machine, kernel: b.opts.Machine.Kernel, blocks: map[string]bool{}}
	if r.kernel == nil {
		r.kernel = &live.Host{}
	}
	r.proc, r.sys = r.kernel.Proc(), r.kernel.Sys()
	for _, step := range []func() error{r.readLoaded, r.askDevices, r.askMounts} {
		if err := step(); err != nil {
			return fmt.Errorf("collect what the machine needs: %w", err)
		}
	}
	return nil
}

// want asks for what a name stands for, if anything.
func (r *machineReader) want(name, of string) {
	r.requests = append(r.requests, kmod.Request{Name: name, For: of, Optional: true})
}

// warnMachine tells of something that could not be found out.
func (r *machineReader) warnMachine(of, text string) {
	r.warn(Warning{Kind: WarnMachine, Module: of, Text: text})
}

// readLoaded reads which modules the kernel has.
func (r *machineReader) readLoaded() error {
	loaded := map[string]bool{}
	for m, err := range live.Loaded(r.kernel) {
		if err != nil {
			return err
		}
		loaded[m.Name] = true
		if m.Name == "dm_mod" {
			r.targets = slices.Sorted(slices.Values(m.Holders))
		}
	}
	r.loaded, r.usedAlias = loaded, map[string]bool{}
	return nil
}

// isUsed reports whether a module may come for its reason: a soft or weak dependency
// only if the kernel has it, or if it is one of several for an alias of which the kernel
// has none.
func (b *builder) isUsed(m kmod.Module, why kmod.Reason) bool {
	soft := why.Kind == kmod.ReasonSoftPre || why.Kind == kmod.ReasonSoftPost || why.Kind == kmod.ReasonWeak
	if !soft || b.opts.Machine == nil || b.opts.Machine.AllSoftdeps || b.inKernel(m) {
		return true
	}
	if m.Alias == "" {
		return false
	}
	used, known := b.usedAlias[m.Alias]
	if !known {
		found, err := b.db.Lookup(m.Alias)
		used = err == nil && slices.ContainsFunc(found, b.inKernel)
		b.usedAlias[m.Alias] = used
	}
	return !used
}

// inKernel reports whether the kernel of the machine has a module, loaded or built in.
func (b *builder) inKernel(m kmod.Module) bool { return m.Builtin || b.loaded[m.Name] }

// askDevices asks for the drivers of the devices that are present.
func (r *machineReader) askDevices() error {
	if r.machine.NoDevices {
		return nil
	}
	modaliases := map[string]bool{}
	for d, err := range kmod.NewLoader(r.db, &kmod.LoaderConfig{Kernel: r.kernel}).Devices() {
		if err != nil {
			return err
		}
		modaliases[d.Modalias] = true
		if len(modaliases) > maxModaliases {
			break // the plan will say that these are too many
		}
	}
	if err := r.askModaliases(slices.Values(slices.Sorted(maps.Keys(modaliases)))); err != nil {
		return err
	}
	for _, name := range r.names("module") {
		if r.isBound(name) {
			r.want(name, "machine:bound")
		}
	}
	return nil
}

// isBound reports whether a driver of a module is bound to a device: whether the
// driver's directory has a link besides the one to its module.
func (r *machineReader) isBound(module string) bool {
	return slices.ContainsFunc(r.names("module/"+module+"/drivers"), func(driver string) bool {
		bus, name, _ := strings.Cut(driver, ":")
		return slices.ContainsFunc(r.list("bus/"+bus+"/drivers/"+name), func(e fs.DirEntry) bool {
			return e.Type()&fs.ModeSymlink != 0 && e.Name() != "module"
		})
	})
}

// askMounts asks for the file systems and what they lie on.
func (r *machineReader) askMounts() error {
	if r.machine.Mounts != nil && len(r.machine.Mounts) == 0 {
		return nil
	}
	pid := "self"
	if r.machine.Pid != 0 {
		pid = strconv.Itoa(r.machine.Pid)
	}
	mounts, err := readMounts(r.proc, pid+"/mountinfo")
	if err != nil {
		return err
	}
	dirs := r.machine.Mounts
	if dirs == nil {
		dirs = []string{"/"}
		if m := mountAt(mounts, "/usr"); m != nil && m.point == "/usr" {
			dirs = append(dirs, "/usr")
		}
	}
	for _, dir := range dirs {
		m := mountAt(mounts, dir)
		if m == nil {
			return &fs.PathError{Op: "find the file system of", Path: dir, Err: fs.ErrNotExist}
		}
		of := "machine:mount:" + m.point
		r.askFileSystem(m, of)
		r.askDisks(m, of)
	}
	return nil
}

// askFileSystem asks for the module of a file system. One that the kernel has without
// a module is built in.
func (r *machineReader) askFileSystem(m *mount, of string) {
	fstype, _, _ := strings.Cut(m.fstype, ".") // what follows is for people, as in fuse.sshfs
	if _, err := r.db.Lookup("fs-" + fstype); err == nil {
		r.want("fs-"+fstype, of)
		return
	}
	known, _ := kernfs.ReadText(r.proc, "filesystems")
	if !slices.Contains(strings.Fields(known), fstype) || r.loaded[fstype] {
		r.warnMachine(of, "no module is known for the file system "+plain.Name(fstype))
	}
}
