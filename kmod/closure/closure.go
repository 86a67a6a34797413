package closure

import (
	"context"
	"iter"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
)

// Closure is every file that some modules can need, for images that hold them:
// their hard, soft and weak dependencies, the firmware that all of these may ask
// for, and the lines of configuration that concern them. It is wider than a
// [kmod.Plan]: it also has what is needed only at times.
//
// A Closure is data and safe for concurrent use. [Closure.FS] and
// [Closure.CopyTo] make a tree of it; they read the files again, so the DB has to
// stay open until then. What is left out of Modules, Firmware or Config is left
// out of the tree too.
type Closure struct {
	// Release is the kernel release.
	Release string `json:"release"`

	// Modules are the modules in the order of a plan: each comes after its hard
	// dependencies.
	Modules []Module `json:"modules"`

	// Firmware are the firmware files that the modules name and that are there,
	// by name.
	Firmware []Firmware `json:"firmware,omitempty"`

	// MissingFirmware are those that are not there, by name. Drivers name files
	// for all devices that they know, so there is nothing wrong with many.
	MissingFirmware []Firmware `json:"missingFirmware,omitempty"`

	// Config are the lines of configuration that concern the modules, grouped by
	// keyword as [kmod.DB.WriteConfig] has them.
	Config []kmod.ConfigLine `json:"config,omitempty"`

	// Warnings are what may be missing, in a fixed order.
	Warnings []Warning `json:"warnings,omitempty"`

	db *kmod.DB
}

// Module is a module of a [Closure].
type Module struct {
	// Module has the file. There is none for a built-in, and for a name for
	// which configuration has no more than a command.
	kmod.Module

	// Reasons tell why the module is in the closure, the first one first.
	Reasons []kmod.Reason `json:"reasons"`

	// Needs are the names of its hard dependencies, direct and indirect.
	Needs []string `json:"needs,omitempty"`

	// Required: something that was asked for cannot do without it. The others
	// are there for the sake of soft and weak dependencies.
	Required bool `json:"required,omitempty"`
}

// Options are the options of [Collect]. The zero value, or nil, means
// modules by name only.
type Options struct {
	// Select are further modules, by patterns.
	Select []Selection

	// Modaliases, if not nil, are aliases of devices, such as those that are
	// present in a machine: the closure has all modules for them. Devices that no
	// module is for are passed over. The state of the running machine does not
	// count unless it comes this way.
	Modaliases iter.Seq[string]

	// Exclude are names of modules that soft and weak dependencies, patterns and
	// aliases do not bring in, nor what needs them. For a module that is asked for
	// by its name and cannot do without one it is an error.
	Exclude []string

	// KeepBlacklisted takes in modules that only an alias names although a
	// blacklist line is for them. Without it they are left out, as modprobe(8)
	// would not load them, with a warning.
	KeepBlacklisted bool

	// NoSoftdeps and NoWeakdeps leave these dependencies out.
	NoSoftdeps, NoWeakdeps bool

	// NoFirmware leaves firmware out. No module is read then.
	NoFirmware bool

	// FirmwareDirs are the directories with firmware, that of the highest precedence
	// first. They are paths below the root, be they absolute or not. One that leads
	// out of it is an error, and so is one that is not there, which wraps
	// fs.ErrNotExist. nil means where the kernel looks, as far as that is there:
	// lib/firmware/updates/RELEASE, lib/firmware/updates, lib/firmware/RELEASE,
	// lib/firmware, or the same below usr where only that exists.
	FirmwareDirs []string

	// Cmdline lets the kernel command line that the DB knows count as
	// configuration and be a part of it. It is mostly that of another machine
	// than the one the closure is for.
	Cmdline bool
}

// Collect collects every file that the modules of these names, or those that the
// options select, can need. A name that is unknown is an error that wraps
// [kmod.ErrNotFound], as is a file that something cannot do without; a soft or weak
// dependency that is missing is a warning. Those of a built-in, which no index has,
// are what modules.builtin.modinfo says. Without a module directory or its
// indexes there is no closure, not even an empty one: the error wraps
// [kmod.ErrNoModuleDir] or [kmod.ErrNoIndexes]. The order of everything in it follows
// from what is on the disk and what was asked for.
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

// Module returns the module of that name, in whatever way dashes are written, or
// nil.
func (c *Closure) Module(name string) *Module {
	name = modname.Normalize(name)
	for i := range c.Modules {
		if c.Modules[i].Name == name {
			return &c.Modules[i]
		}
	}
	return nil
}

// Why returns the reasons that lead from a module to something that was asked
// for: the module's own first reason, that of the module which that one names,
// and so on. It is nil for a module that is not in the closure.
func (c *Closure) Why(name string) []kmod.Reason {
	var chain []kmod.Reason
	for len(chain) < len(c.Modules) {
		m := c.Module(name)
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

// String lists what is in the closure, a line each with the first reason.
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
