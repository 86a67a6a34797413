package closure

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/moddir"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
)

// Selection chooses modules for a [Closure] by patterns, in which "*", "?" and
// "[a-z]" mean what they do in a shell. Set one field or several; each selects on its
// own. Built-ins are selected too.
type Selection struct {
	// Path selects by the place of the file in the module directory, such as
	// "kernel/drivers/nvme/**" or "kernel/fs/*/xfs.ko". "**" stands for any number
	// of directories, including none; nothing else matches "/". A directory stands
	// for everything in it. The extension is optional, and so is that of a compressed
	// file. Modules outside the module directory have absolute paths.
	Path string `json:"path,omitempty"`

	// Alias selects the modules with an alias that, taken as plain text, matches:
	// "fs-*" are all file systems, "pci:*bc02*" the drivers for PCI devices of the
	// network class. Aliases of the configuration do not count.
	Alias string `json:"alias,omitempty"`

	// Drivers selects all drivers of a kind.
	Drivers DriverKind `json:"drivers,omitempty"`

	// Optional: if Path or Alias select nothing, that is a warning and not an error.
	Optional bool `json:"optional,omitempty"`
}

// matcher is one field of a selection, ready to be compared with modules.
type matcher struct {
	path, alias string
	of          string // the reason
	optional    bool
	quiet       bool // not even a warning when it selects nothing
	found       bool // it selects something
}

// errSelection: an empty Selection, most likely a mistake.
var errSelection = errors.New("a selection of modules names neither a path nor an alias nor a kind of drivers")

// matchers turns the selections into matchers.
func (b *builder) matchers() ([]*matcher, error) {
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
				return nil, &kmod.LookupError{Name: s.Alias, Dir: b.db.Dir(), Err: err}
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

// cleanPattern removes what has no effect in a pattern for paths.
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

// askSelections requests the modules that the selections choose: first those by path,
// in the order of names, then those by alias, in the order of aliases.
func (b *builder) askSelections() error {
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
			b.warn(Warning{Kind: WarnSelection, Module: m.of, Text: "no module matches this pattern"})
		default:
			unknown = append(unknown, fmt.Errorf("select the modules %s in %s: %w", plain.Name(m.of), b.db.Dir(), kmod.ErrNotFound))
		}
	}
	return errors.Join(unknown...)
}

// askPaths requests the modules whose paths match.
func (b *builder) askPaths(list []*matcher) error {
	if !anyMatcher(list, func(m *matcher) bool { return m.path != "" }) {
		return nil
	}
	for m, err := range b.db.Modules() {
		if err != nil {
			return err
		}
		b.askPath(list, m, b.db.Rel(m))
	}
	data, err := b.db.ReadFile(moddir.Builtin)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for path := range strings.FieldsSeq(string(data)) {
		b.askPath(list, kmod.Module{Name: modname.FromPath(path), Builtin: true}, path)
	}
	return nil
}

func (b *builder) askPath(list []*matcher, m kmod.Module, path string) {
	for _, s := range list {
		if s.path != "" && matchPath(s.path, path) {
			b.choose(s, m)
		}
	}
}

// choose requests a module that a selection chooses.
func (b *builder) choose(s *matcher, m kmod.Module) {
	s.found = true
	b.requests = append(b.requests, kmod.Request{Module: &m, For: s.of, Optional: true})
}

// askAliases requests the modules with aliases that match.
func (b *builder) askAliases(list []*matcher) error {
	if !anyMatcher(list, func(m *matcher) bool { return m.alias != "" }) {
		return nil
	}
	for a, err := range b.db.Aliases() {
		if err != nil {
			return err
		}
		for _, s := range list {
			if s.alias == "" || !glob.Match(s.alias, a.Pattern) {
				continue
			}
			m, err := b.aliased(a)
			if err != nil {
				return err
			}
			b.choose(s, m)
		}
	}
	return nil
}

// aliased returns the module that an alias stands for. Not everything that has
// built-in aliases is listed among the built-ins.
func (b *builder) aliased(a kmod.Alias) (kmod.Module, error) {
	m, err := b.db.Module(a.Module)
	if errors.Is(err, kmod.ErrNotFound) {
		m, err = kmod.Module{Name: a.Module, Builtin: a.Builtin}, nil
	}
	m.Alias = a.Pattern
	return m, err
}

func anyMatcher(list []*matcher, is func(*matcher) bool) bool { return slices.ContainsFunc(list, is) }
