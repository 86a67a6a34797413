package modconf

import (
	"io/fs"

	"github.com/gokmod/gokmod/internal/glob"
)

// Alias says that a name stands for a module.
type Alias struct {
	Pattern string // a name or a shell pattern, normalised
	Module  string // normalised
	Origin
}

// Blacklist says that a module must not be loaded because of its aliases.
type Blacklist struct {
	Module string // normalised
	Origin
}

// Options are parameters for a module.
type Options struct {
	Module string // name or alias, normalised
	Params string // as written, with its white space, but spaces for tabs
	Origin
}

// Command is run instead of loading a module (install) or removing it (remove).
type Command struct {
	Module string // name or alias, normalised
	Text   string // for a shell, as written
	Origin
}

// Softdep lists modules that a module does not require but works better with.
type Softdep struct {
	Module string // normalised
	Pre    []string
	Post   []string // names or aliases, as written, to load before and after
	Origin
}

// Weakdep lists modules that a module may request by itself: an image must hold
// them, but they are not loaded along with it.
type Weakdep struct {
	Module  string   // normalised
	Modules []string // names or aliases, as written
	Origin
}

// Config is a whole configuration. Every list is in the order in which the
// lines take effect. It is immutable and safe for concurrent use. The zero
// value is an empty configuration.
type Config struct {
	Aliases    []Alias
	Blacklists []Blacklist
	Options    []Options
	Installs   []Command
	Removes    []Command
	Softdeps   []Softdep
	Weakdeps   []Weakdep
	Warnings   []Warning // at most MaxWarnings, and one saying that there were more

	// Err is a failure of the machine (see openfile.MachineFailed) that made part
	// of the configuration unreadable.
	Err *fs.PathError

	plainAliases byName
	patterns     glob.List // aliases with wildcards
	patternAt    []int32   // their positions, from 1
	blacklists   byName
	options      byName
	installs     byName
	removes      byName
	softdeps     byName
	weakdeps     byName
}

// buildMaps prepares lookups in a finished configuration.
func (c *Config) buildMaps() {
	c.indexAliases()
	c.blacklists = newByName(c.Blacklists, func(b *Blacklist) string { return b.Module })
	c.options = newByName(c.Options, func(o *Options) string { return o.Module })
	c.installs = newByName(c.Installs, commandModule)
	c.removes = newByName(c.Removes, commandModule)
	c.softdeps = newByName(c.Softdeps, func(s *Softdep) string { return s.Module })
	c.weakdeps = newByName(c.Weakdeps, func(w *Weakdep) string { return w.Module })
}

func commandModule(c *Command) string { return c.Module }
