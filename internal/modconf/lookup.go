package modconf

import "slices"

// OptionsFor returns the options lines for any of the names, which must be
// normalised, in the order of the configuration. The options for a module are
// those for its name and for the alias by which it was requested.
func (c *Config) OptionsFor(names ...string) []Options {
	if len(names) == 1 {
		return allOf(&c.options, c.Options, names[0])
	}
	var all []int32
	for _, name := range names {
		for at := c.options.first[name]; at != 0; at = c.options.next[at] {
			all = append(all, at)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	all = slices.Compact(all)
	found := make([]Options, len(all))
	for i, at := range all {
		found[i] = c.Options[at-1]
	}
	return found
}

// Install returns the command that loads a module, the first if there are
// several. The name must be normalised.
func (c *Config) Install(module string) (Command, bool) {
	return command(firstOf(&c.installs, c.Installs, module))
}

// Remove returns the command that removes a module, the first if there are
// several. The name must be normalised.
func (c *Config) Remove(module string) (Command, bool) {
	return command(firstOf(&c.removes, c.Removes, module))
}

func command(c *Command) (Command, bool) {
	if c == nil {
		return Command{}, false
	}
	return *c, true
}

// SoftdepsOf returns the softdep lines of a module, in order. The name must be
// normalised.
func (c *Config) SoftdepsOf(module string) []Softdep {
	return allOf(&c.softdeps, c.Softdeps, module)
}

// WeakdepsOf returns the weakdep lines of a module, in order. The name must be
// normalised.
func (c *Config) WeakdepsOf(module string) []Weakdep {
	return allOf(&c.weakdeps, c.Weakdeps, module)
}

// Blacklisted reports whether a module is blacklisted, and where it was
// blacklisted first. The name must be normalised.
func (c *Config) Blacklisted(module string) (Origin, bool) {
	b := firstOf(&c.blacklists, c.Blacklists, module)
	if b == nil {
		return Origin{}, false
	}
	return b.Origin, true
}
