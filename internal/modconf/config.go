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

// Blacklist says that a module is not to be loaded for the sake of its aliases.
type Blacklist struct {
	Module string // normalised
	Origin
}

// Options are parameters for a module.
type Options struct {
	Module string // name or alias, normalised
	Params string // as written, white space included, but spaces for tabs
	Origin
}

// Command is run instead of loading a module (install) or removing it (remove).
type Command struct {
	Module string // name or alias, normalised
	Text   string // for a shell, as written
	Origin
}

// Softdep lists modules that a module can do without but works better with.
type Softdep struct {
	Module string // normalised
	Pre    []string
	Post   []string // names or aliases, as written, to load before and after
	Origin
}

// Weakdep lists modules that a module may come to ask for by itself: an image
// must hold them, but they are not loaded along with it.
type Weakdep struct {
	Module  string   // normalised
	Modules []string // names or aliases, as written
	Origin
}

// Config is a configuration as a whole. Every list is in the order in which the
// lines count. It must not be changed; any number of goroutines may use it. The
// zero value is an empty configuration.
type Config struct {
	Aliases    []Alias
	Blacklists []Blacklist
	Options    []Options
	Installs   []Command
	Removes    []Command
	Softdeps   []Softdep
	Weakdeps   []Weakdep
	Warnings   []Warning // at most MaxWarnings and one that says there were more

	// Err is a failure of the machine (see openfile.MachineFailed) for which a part
	// is left out.
	Err *fs.PathError

	plainAliases byName
	patterns     glob.List // aliases with wildcards
	patternAt    []int32   // which they are, from 1
	blacklists   byName
	options      byName
	installs     byName
	removes      byName
	softdeps     byName
	weakdeps     byName
}

// buildMaps makes the lookups of a finished configuration fast.
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
