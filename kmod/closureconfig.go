package kmod

import (
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/plain"
)

// ConfigLine is a line of configuration.
type ConfigLine struct {
	Origin

	// Module is the name that the line is about: a module, or an alias. For an
	// alias line it is what the alias stands for.
	Module string `json:"module"`

	// Text is the line as modprobe.d(5) has it, in a form that means the same as
	// the one in the file.
	Text string `json:"text"`

	extracted bool // by depmod, which does so again
}

func (c ConfigLine) String() string { return c.Origin.String() + ": " + plain.Line(c.Text) }

// configure collects the lines of configuration that concern the modules.
func (b *closureBuilder) configure() error {
	c := closureConfig{closureBuilder: b, names: map[string]bool{}, known: map[string]bool{}}
	for i := range b.closure.Modules {
		c.names[b.closure.Modules[i].Name] = true
	}
	c.blacklists()
	if err := c.commands(); err != nil {
		return err
	}
	if err := c.aliases(); err != nil {
		return err
	}
	if err := c.options(); err != nil {
		return err
	}
	c.dependencies()
	b.closure.Config = c.lines
	b.sortWarnings()
	return nil
}

// closureConfig collects configuration.
type closureConfig struct {
	*closureBuilder
	names map[string]bool // of the modules
	known map[string]bool // of names that stand for a module of the closure
	lines []ConfigLine
}

// add takes a line in: the only one of a configuration.
func (c *closureConfig) add(module string, at modconf.Origin, one *modconf.Config) {
	var text strings.Builder
	one.WriteTo(&text)
	c.lines = append(c.lines, ConfigLine{
		Origin: Origin(at), Module: module, Text: strings.TrimSuffix(text.String(), "\n"),
		extracted: at.File == c.db.indexFile("modules.softdep") || at.File == c.db.indexFile("modules.weakdep"),
	})
}

// concerns reports whether a name is a module of the closure, or one of its
// aliases.
func (c *closureConfig) concerns(name string) (bool, error) {
	if c.names[name] {
		return true, nil
	}
	if concerned, known := c.known[name]; known {
		return concerned, nil
	}
	found, err := c.p.lookupNamed(name, name)
	if err != nil {
		return false, err
	}
	if c.db.hasCommand(name) { // which takes the place of the modules
		behind, err := c.p.modules.matches(&c.db.aliases, name)
		if err != nil {
			return false, err
		}
		found = append(slices.Clip(found), behind...)
	}
	c.known[name] = slices.ContainsFunc(found, func(m Module) bool { return c.names[m.Name] })
	return c.known[name], nil
}

func (c *closureConfig) blacklists() {
	for _, line := range c.conf.Blacklists {
		if c.names[line.Module] {
			c.add(line.Module, line.Origin, &modconf.Config{Blacklists: []modconf.Blacklist{line}})
		}
	}
}

// commands collects install and remove lines. They may be for an alias.
func (c *closureConfig) commands() error {
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
			c.warn(ClosureWarning{Kind: WarnCommand, Module: line.Module, Origin: publicOrigin(line.Origin),
				Text: "the programs of a command are not in the closure: " + plain.Name(line.Text)})
		}
	}
	return nil
}

// aliases collects the lines whose alias stands for a module of the closure, or
// for none at all: those keep a module from being loaded by its alias.
func (c *closureConfig) aliases() error {
	nothing := map[string]bool{} // names that are no module
	for _, line := range c.conf.Aliases {
		name := line.Module
		if _, asked := nothing[name]; !asked && !c.names[name] {
			if err := c.p.spend(name, lookupCost); err != nil {
				return err
			}
			found, err := c.p.modules.named([]string{name}, "")
			if err != nil {
				return err
			}
			nothing[name] = !found[0].found() && !c.db.hasCommand(name)
		}
		if c.names[name] || nothing[name] {
			c.add(name, line.Origin, &modconf.Config{Aliases: []modconf.Alias{line}})
		}
	}
	return nil
}

// options collects options lines. They may be for an alias.
func (c *closureConfig) options() error {
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

// dependencies collects softdep and weakdep lines, those that modules state
// themselves among them.
func (c *closureConfig) dependencies() {
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

// configText is the configuration as one file of modprobe.d(5), without what
// depmod extracts from the modules.
func (c *Closure) configText() []byte {
	var text strings.Builder
	for _, line := range c.Config {
		if !line.extracted {
			text.WriteString(line.Text + "\n")
		}
	}
	return []byte(text.String())
}
