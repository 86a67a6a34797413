package closure

import (
	"context"
	"io/fs"
	"iter"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
)

// Closure is every file that some modules can need, for images that hold them:
// their hard, soft and weak dependencies, the firmware that all of these may ask
// for, and the lines of configuration that concern them. It has more than a
// [kmod.Plan]: also what is needed only sometimes.
//
// A Closure is data and safe for concurrent use. [Closure.FS] and
// [Closure.CopyTo] turn it into a tree; they read the files again, so the DB has to
// stay open until then. What you remove from Modules, Firmware or Config is not in
// the tree.
type Closure struct {
	// Release is the kernel release.
	Release string `json:"release"`

	// Modules are the modules in the order of a plan: each comes after its hard
	// dependencies.
	Modules []Module `json:"modules"`

	// Firmware are the firmware files that the modules name and that exist, sorted
	// by name.
	Firmware []Firmware `json:"firmware,omitempty"`

	// MissingFirmware are those that do not exist, sorted by name. Drivers name
	// files for all devices that they know, so that many are missing is normal.
	MissingFirmware []Firmware `json:"missingFirmware,omitempty"`

	// Config are the lines of configuration that concern the modules, grouped by
	// keyword as [kmod.DB.WriteConfig] has them.
	Config []kmod.ConfigLine `json:"config,omitempty"`

	// Warnings say what may be missing, in a fixed order.
	Warnings []Warning `json:"warnings,omitempty"`

	db *kmod.DB
}

// Module is a module of a [Closure].
type Module struct {
	// Module has the file. There is none for a built-in, or for a name for which
	// configuration has only a command.
	kmod.Module

	// Reasons say why the module is in the closure, the main one first.
	Reasons []kmod.Reason `json:"reasons"`

	// Size is that of the file, as it lies on the disk; 0 without a file.
	Size int64 `json:"size,omitempty"`

	// Needs are the names of its hard dependencies, direct and indirect.
	Needs []string `json:"needs,omitempty"`

	// Required: a requested module cannot do without it. The others are there as
	// soft or weak dependencies.
	Required bool `json:"required,omitempty"`
}

// Options are the options of [Collect]. The zero value, or nil, means
// modules by name only.
type Options struct {
	// Select are further modules, by patterns.
	Select []Selection

	// Modaliases, if not nil, are aliases of devices, such as those that are
	// present in a machine: the closure has all modules for them. Devices without a
	// module are skipped.
	Modaliases iter.Seq[string]

	// Machine, if not nil, adds what a running machine needs: the drivers of its
	// devices, and what mounts its root file system. Nothing else takes a running
	// machine into account.
	Machine *Machine

	// Exclude names modules that soft and weak dependencies, patterns and aliases do
	// not bring in, nor anything that needs them. It is an error if a module that is
	// requested by name needs one.
	Exclude []string

	// Keep, if not nil, decides on everything that no module requested by name
	// requires: what soft and weak dependencies, patterns and aliases bring in, and
	// (with [kmod.ReasonDependency]) what that needs. A module for which it returns
	// false stays out, and so does one that needs it; the latter causes a warning. A
	// module that something else requires is there in any case. Keep may be asked for
	// the same module again.
	Keep func(m kmod.Module, why kmod.Reason) bool

	// KeepBlacklisted includes blacklisted modules that only an alias names.
	// Without it they are left out with a warning, as modprobe(8) would not load
	// them.
	KeepBlacklisted bool

	// NoSoftdeps and NoWeakdeps leave these dependencies out.
	NoSoftdeps, NoWeakdeps bool

	// NoFirmware leaves firmware out. No module file is read then.
	NoFirmware bool

	// KeepFirmware, if not nil, is asked for each firmware file, and for each missing
	// one; those for which it returns false are left out.
	KeepFirmware func(f Firmware) bool

	// Firmware, if not nil, is a tree of firmware of its own: its root stands for a
	// directory that comes before FirmwareDirs. The closure reads it again when it
	// becomes a tree.
	Firmware fs.FS

	// FirmwareDirs are the directories with firmware, in descending order of
	// precedence. They are paths below the root, whether absolute or not. A path that
	// leads out of it is an error, and so is one that does not exist (the error wraps
	// fs.ErrNotExist). A list that is empty but not nil means none. nil means those of
	// the kernel's directories that exist: lib/firmware/updates/RELEASE,
	// lib/firmware/updates, lib/firmware/RELEASE and lib/firmware, or the same below
	// usr where only that exists.
	FirmwareDirs []string

	// Cmdline makes the kernel command line that the DB knows count as
	// configuration, and includes it. By default it does not count, as it usually
	// belongs to another machine than the one that the closure is for.
	Cmdline bool
}

// Collect collects every file that the named modules, and those that the options
// select, can need. An unknown name is an error that wraps [kmod.ErrNotFound]; that
// a file of a required module cannot be read is an error too. A missing soft or weak
// dependency is a warning. The soft and weak dependencies of built-ins, which no
// index has, come from modules.builtin.modinfo. Without a module directory or its
// indexes there is no closure, not even an empty one: the error wraps
// [kmod.ErrNoModuleDir] or [kmod.ErrNoIndexes]. The result is in the same order every
// time for the same files and arguments.
func Collect(ctx context.Context, db *kmod.DB, opts *Options, names ...string) (*Closure, error) {
	if opts == nil {
		opts = &Options{}
	}
	b, err := newBuilder(db, opts)
	if err != nil {
		return nil, err
	}
	if err := b.ask(names); err != nil {
		return nil, err
	}
	if err := b.list(); err != nil {
		return nil, err
	}
	if err := b.readModules(ctx); err != nil {
		return nil, err
	}
	if err := b.configure(); err != nil {
		return nil, err
	}
	return b.closure, nil
}

// Module returns the module of that name, or nil. Dashes in the name count as
// underscores.
func (c *Closure) Module(name string) *Module {
	name = modname.Normalize(name)
	for i := range c.Modules {
		if c.Modules[i].Name == name {
			return &c.Modules[i]
		}
	}
	return nil
}

// Why returns the reasons that lead from a module to a request: the first reason of
// the module, then that of the module which it names, and so on. It is nil for a
// module that is not in the closure.
func (c *Closure) Why(name string) []kmod.Reason { return why(name, c.Module, len(c.Modules)) }

// why is [Closure.Why] with what finds a module; the chain has at most so many reasons.
func why(name string, find func(string) *Module, most int) []kmod.Reason {
	var chain []kmod.Reason
	for len(chain) < most {
		m := find(name)
		if m == nil || len(m.Reasons) == 0 {
			break
		}
		chain = append(chain, m.Reasons[0])
		if m.Reasons[0].Kind == kmod.ReasonRequested {
			break
		}
		name = m.Reasons[0].Of
	}
	return chain
}

// String lists what is in the closure, one item per line, with its first reason.
func (c *Closure) String() string {
	var b strings.Builder
	for i := range c.Modules {
		m := &c.Modules[i]
		b.WriteString("module ")
		switch {
		case m.Builtin:
			b.WriteString("(builtin) " + plain.Name(m.Name))
		case m.Path == "":
			b.WriteString("(command) " + plain.Name(m.Name))
		default:
			b.WriteString(plain.Name(m.Path))
		}
		if len(m.Reasons) > 0 {
			b.WriteString(": " + m.Reasons[0].String())
		}
		b.WriteByte('\n')
	}
	for _, f := range c.Firmware {
		b.WriteString("firmware " + plain.Name(f.Path) + ": named by " + plain.Names(f.Modules, ", ") + "\n")
	}
	for _, f := range c.MissingFirmware {
		b.WriteString("missing firmware " + plain.Name(f.Name) + ": named by " + plain.Names(f.Modules, ", ") + "\n")
	}
	for _, line := range c.Config {
		b.WriteString("config " + plain.Line(line.Text) + ": " + line.Origin.String() + "\n")
	}
	for _, w := range c.Warnings {
		b.WriteString("warning: " + w.String() + "\n")
	}
	return b.String()
}
