package kmod

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
)

// Selection chooses modules for a [Closure] by patterns, in which "*", "?" and
// "[a-z]" are as in a shell. One field or several are set; each selects on its
// own. Built-ins are selected too.
type Selection struct {
	// Path selects by the place of the file in the module directory, such as
	// "kernel/drivers/nvme/**" or "kernel/fs/*/xfs.ko". "**" stands for any
	// number of folders, also none; nothing else matches "/". A folder stands for
	// all that is in it. The extension may be there or not, and that of a
	// compressed file too. Modules outside the module directory have absolute
	// paths.
	Path string `json:"path,omitempty"`

	// Alias selects the modules that state an alias which, taken as a text,
	// matches: "fs-*" are all file systems, "pci:*bc02*" the drivers for PCI
	// devices of the class network. Aliases of the configuration do not count.
	Alias string `json:"alias,omitempty"`

	// Drivers selects all drivers of a kind.
	Drivers DriverKind `json:"drivers,omitempty"`

	// Optional: it is no error, but a warning, when Path or Alias select nothing.
	Optional bool `json:"optional,omitempty"`
}

// matcher is a selection ready to be compared with modules.
type matcher struct {
	path, alias string
	of          string // the reason
	optional    bool
	quiet       bool // not even a warning when it selects nothing
	found       bool // it selects something
}

// errSelection: an empty Selection, most likely a mistake.
var errSelection = errors.New("a selection of modules names neither a path nor an alias nor a kind of drivers")

// matchers takes the selections apart.
func (b *closureBuilder) matchers() ([]*matcher, error) {
	var list []*matcher
	for _, s := range b.opts.Select {
		if s.Path == "" && s.Alias == "" && s.Drivers == 0 {
			return nil, errSelection
		}
		if s.Path != "" {
			list = append(list, &matcher{path: cleanPattern(s.Path), of: s.Path, optional: s.Optional})
		}
		if s.Alias != "" {
			alias, err := modname.NormalizeAlias(s.Alias)
			if err != nil {
				return nil, &LookupError{Name: s.Alias, Dir: b.db.Dir(), Err: err}
			}
			list = append(list, &matcher{alias: alias, of: s.Alias, optional: s.Optional})
		}
		drivers, err := s.Drivers.matchers()
		if err != nil {
			return nil, err
		}
		list = append(list, drivers...)
	}
	return list, nil
}

// cleanPattern takes away what has no effect in a pattern for paths.
func cleanPattern(pattern string) string {
	pattern = strings.TrimRight(pattern, "/")
	for {
		rest, ok := strings.CutPrefix(pattern, "./")
		if !ok {
			return pattern
		}
		pattern = strings.TrimLeft(rest, "/")
	}
}

// askSelections plans the modules that the selections choose, those by paths in
// the order of names, those by aliases in that of aliases.
func (b *closureBuilder) askSelections() error {
	list, err := b.matchers()
	if err != nil || len(list) == 0 {
		return err
	}
	if err := b.askPaths(list); err != nil {
		return err
	}
	if err := b.askAliases(list); err != nil {
		return err
	}
	var unknown []error
	for _, m := range list {
		switch {
		case m.found || m.quiet:
		case m.optional:
			b.warn(ClosureWarning{Kind: WarnSelection, Module: m.of, Text: "no module matches this pattern"})
		default:
			unknown = append(unknown, fmt.Errorf("select the modules %s in %s: %w", plain.Name(m.of), b.db.Dir(), ErrNotFound))
		}
	}
	return errors.Join(unknown...)
}

// askPaths plans the modules whose paths match.
func (b *closureBuilder) askPaths(list []*matcher) error {
	if !anyMatcher(list, func(m *matcher) bool { return m.path != "" }) {
		return nil
	}
	for m, err := range b.db.Modules() {
		if err != nil {
			return err
		}
		if err := b.askPath(list, m, b.db.pathInDir(m)); err != nil {
			return err
		}
	}
	builtins, err := b.db.builtinPaths()
	if err != nil {
		return err
	}
	for _, path := range builtins {
		m := Module{Name: modname.FromPath(path), Builtin: true}
		if err := b.askPath(list, m, path); err != nil {
			return err
		}
	}
	return nil
}

func (b *closureBuilder) askPath(list []*matcher, m Module, path string) error {
	for _, s := range list {
		if s.path == "" || !matchPath(s.path, path) {
			continue
		}
		s.found = true
		if err := b.want(m, s.of, false); err != nil {
			return err
		}
	}
	return nil
}

// askAliases plans the modules that have aliases which match.
func (b *closureBuilder) askAliases(list []*matcher) error {
	if !anyMatcher(list, func(m *matcher) bool { return m.alias != "" }) {
		return nil
	}
	if err := b.db.require(&b.db.aliases); err != nil {
		return err
	}
	for _, index := range []*lazyIndex{&b.db.aliases, &b.db.builtinAliases} {
		for entry, err := range index.all(b.db) {
			if err != nil {
				return err
			}
			for _, s := range list {
				if s.alias == "" || !glob.Match(s.alias, entry.Key) {
					continue
				}
				s.found = true
				m, err := b.aliased(index, entry.Value)
				if err != nil {
					return err
				}
				m.Alias = entry.Key
				if err := b.want(m, s.of, false); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// aliased finds the module that an index of aliases names. Not everything with
// built-in aliases is listed among the built-ins.
func (b *closureBuilder) aliased(in *lazyIndex, name string) (Module, error) {
	m, err := b.db.byName(name)
	if !m.found() {
		m.Builtin = in == &b.db.builtinAliases
	}
	return m, err
}

func anyMatcher(list []*matcher, is func(*matcher) bool) bool {
	for _, m := range list {
		if is(m) {
			return true
		}
	}
	return false
}

// pathInDir is the path of a module relative to the module directory, absolute
// outside of it.
func (db *DB) pathInDir(m Module) string {
	if rel, ok := strings.CutPrefix(m.file, db.dir+"/"); ok {
		return rel
	}
	return "/" + m.file
}
