package kmod

import (
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
)

// ConfigLine is a line of configuration.
type ConfigLine struct {
	Origin

	// Keyword is the first word of the line: blacklist, install, remove, alias,
	// options, softdep or weakdep.
	Keyword string `json:"keyword"`

	// Module is the name that the line is about: a module, or an alias. For an
	// alias line it is what the alias stands for.
	Module string `json:"module"`

	// Text is the line in the form of modprobe.d(5), with the same meaning as the
	// one in the file; of [ReadModulesLoad] it is Module.
	Text string `json:"text"`

	// Command is the command of an install or remove line, which may need programs.
	Command string `json:"-"`

	// Extracted: the line is not from the configuration, but from a file into which
	// depmod(8) extracts what modules say about themselves.
	Extracted bool `json:"-"`
}

func (c ConfigLine) String() string { return c.Origin.String() + ": " + plain.Line(c.Text) }

// ConfigLines returns the lines of configuration that concern the modules of these
// names, grouped by keyword as [DB.WriteConfig] does: the configuration for a system
// that has just these modules. Of opts, which may be nil, only NoCmdline counts, and
// NoCommands, with which there are neither install nor remove lines.
func (db *DB) ConfigLines(opts *PlanOptions, modules ...string) ([]ConfigLine, error) {
	if opts == nil {
		opts = &PlanOptions{}
	}
	c := configCollector{planner: newPlanner(db, opts), names: map[string]bool{}, known: map[string]bool{}}
	if err := configError(c.conf); err != nil {
		return nil, err
	}
	for _, name := range modules {
		c.names[modname.Normalize(name)] = true
	}
	c.blacklists()
	for _, collect := range []func() error{c.commands, c.aliases, c.options} {
		if err := collect(); err != nil {
			return nil, err
		}
	}
	c.dependencies()
	return c.lines, nil
}

// configCollector collects lines of configuration. The planner looks up the names in
// them, within the same bounds.
type configCollector struct {
	*planner
	names map[string]bool // of the modules
	known map[string]bool // whether a name stands for one of the modules
	lines []ConfigLine
}

// add adds a line, which is the only one of a configuration.
func (c *configCollector) add(module string, at modconf.Origin, one *modconf.Config) {
	var text strings.Builder
	one.WriteTo(&text)
	keyword, _, _ := strings.Cut(text.String(), " ")
	c.lines = append(c.lines, ConfigLine{
		Origin: Origin(at), Keyword: keyword, Module: module, Text: strings.TrimSuffix(text.String(), "\n"),
		Extracted: at.File == c.db.indexFile("modules.softdep") || at.File == c.db.indexFile("modules.weakdep"),
	})
}

// concerns reports whether a name is that of one of the modules, or an alias of one.
func (c *configCollector) concerns(name string) (bool, error) {
	if c.names[name] {
		return true, nil
	}
	if concerned, known := c.known[name]; known {
		return concerned, nil
	}
	found, err := c.lookupNamed(name, name)
	if err != nil {
		return false, err
	}
	if c.modules.hasCommand(name) { // which takes the place of the modules
		behind, err := c.modules.matches(&c.db.aliases, name)
		if err != nil {
			return false, err
		}
		found = append(slices.Clip(found), behind...)
	}
	c.known[name] = slices.ContainsFunc(found, func(m Module) bool { return c.names[m.Name] })
	return c.known[name], nil
}

func (c *configCollector) blacklists() {
	for _, line := range c.conf.Blacklists {
		if c.names[line.Module] {
			c.add(line.Module, line.Origin, &modconf.Config{Blacklists: []modconf.Blacklist{line}})
		}
	}
}

// commands collects install and remove lines. They may be for an alias.
func (c *configCollector) commands() error {
	if c.opts.NoCommands {
		return nil
	}
	for _, remove := range []bool{false, true} {
		list := c.conf.Installs
		if remove {
			list = c.conf.Removes
		}
		for _, line := range list {
			concerned, err := c.concerns(line.Module)
			if err != nil {
				return err
			}
			if !concerned {
				continue
			}
			one := &modconf.Config{Installs: []modconf.Command{line}}
			if remove {
				one = &modconf.Config{Removes: []modconf.Command{line}}
			}
			c.add(line.Module, line.Origin, one)
			c.lines[len(c.lines)-1].Command = line.Text
		}
	}
	return nil
}

// aliases collects the lines whose alias stands for one of the modules, or for
// nothing at all: the latter keep a module from being loaded by its alias.
func (c *configCollector) aliases() error {
	nothing := map[string]bool{} // whether a name stands for nothing
	for _, line := range c.conf.Aliases {
		name := line.Module
		if _, asked := nothing[name]; !asked && !c.names[name] {
			if err := c.spend(name, lookupCost); err != nil {
				return err
			}
			found, err := c.modules.named([]string{name}, "")
			if err != nil {
				return err
			}
			nothing[name] = !found[0].found() && !c.modules.hasCommand(name)
		}
		if c.names[name] || nothing[name] {
			c.add(name, line.Origin, &modconf.Config{Aliases: []modconf.Alias{line}})
		}
	}
	return nil
}

// options collects options lines. They may be for an alias.
func (c *configCollector) options() error {
	for _, line := range c.conf.Options {
		concerned, err := c.concerns(line.Module)
		if err != nil {
			return err
		}
		if concerned {
			c.add(line.Module, line.Origin, &modconf.Config{Options: []modconf.Options{line}})
		}
	}
	return nil
}

// dependencies collects softdep and weakdep lines, including those that modules
// state themselves.
func (c *configCollector) dependencies() {
	for _, line := range c.conf.Softdeps {
		if c.names[line.Module] {
			c.add(line.Module, line.Origin, &modconf.Config{Softdeps: []modconf.Softdep{line}})
		}
	}
	for _, line := range c.conf.Weakdeps {
		if c.names[line.Module] {
			c.add(line.Module, line.Origin, &modconf.Config{Weakdeps: []modconf.Weakdep{line}})
		}
	}
}
