package kmod

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
)

// Lookup returns the modules that a name stands for: a module's name or an
// alias, such as "pci:v00008086d…" of a device, "fs-xfs", or "symbol:NAME" for
// a symbol. The first of these that knows the name gives the answer:
//
//	alias lines            every pattern of modprobe.d(5) that matches
//	modules.dep            by name
//	modules.symbols        for symbol: names
//	install, remove lines  by name
//	modules.alias          every pattern that matches
//	modules.builtin        by name
//	modules.builtin.alias  every pattern that matches
//
// Each module is listed once. Those of alias lines are in the order of the lines, those
// of an index in that of depmod(8), which is the order of modules.order and says nothing
// of how well a pattern matches; see [DB.Matches] for that. A module that an alias or a
// command names may be neither a file nor built in. The error wraps ErrNotFound when none
// is known, and ErrBudget when comparing the name with the patterns would take too much
// work. A name is never taken for a path; see [Request] for those.
func (db *DB) Lookup(name string) ([]Module, error) {
	return (&resolver{db: db}).known(name)
}

// LookupAll is [DB.Lookup] for several names: it yields what each stands for, or its
// error, in their order. It keeps what it has read, and the work for all of them
// together is bounded.
func (db *DB) LookupAll(names ...string) iter.Seq2[[]Module, error] {
	return func(yield func([]Module, error) bool) {
		r := newResolver(db)
		for _, name := range names {
			if !yield(r.known(name)) {
				return
			}
		}
	}
}

// known is DB.Lookup.
func (r *resolver) known(name string) ([]Module, error) {
	if err := configError(r.db.conf()); err != nil {
		return nil, err
	}
	found, err := r.lookup(name)
	if err == nil && len(found) == 0 {
		err = r.db.unknown(name)
	}
	return found, err
}

// lookup is DB.Lookup, but returns nothing for an unknown name instead of an error.
func (r *resolver) lookup(name string) ([]Module, error) {
	found, err := r.resolve(name)
	if errors.Is(err, ErrBudget) {
		err = fmt.Errorf("look up module %s: %w", plain.Name(name), err)
	}
	return found, err
}

func (r *resolver) resolve(name string) ([]Module, error) {
	alias, err := modname.NormalizeAlias(name)
	if err != nil {
		return nil, &LookupError{Name: name, Dir: r.db.Dir(), Err: err}
	}
	if found, err := r.configured(alias); err != nil || len(found) > 0 {
		return found, err
	}
	if !strings.Contains(alias, ":") {
		m, err := r.byName(alias)
		if err != nil {
			return nil, err
		}
		if m.found() {
			return []Module{m}, nil
		}
	}
	return r.alias(alias)
}

// lookupCost is what a lookup for a soft dependency costs, counted in dependencies
// that are followed, in addition to its steps.
const lookupCost = 8

// configured resolves the alias lines of the configuration that match. As in kmod,
// the pattern becomes the alias of what they name: options for the pattern apply to
// everything that it matches.
func (r *resolver) configured(alias string) ([]Module, error) {
	lines, err := r.db.conf().MatchAliases(r.steps, alias)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	var names, patterns []string
	seen := make(map[string]bool, len(lines))
	for i := range lines {
		if line := &lines[i]; !seen[line.Module] {
			seen[line.Module] = true
			names, patterns = append(names, line.Module), append(patterns, line.Pattern)
		}
	}
	found, err := r.named(names, alias)
	for i := range found {
		found[i].Alias = patterns[i]
	}
	return found, err
}

// alias looks up a name that is neither a configured alias nor that of a module file.
func (r *resolver) alias(alias string) ([]Module, error) {
	db := r.db
	if strings.HasPrefix(alias, symbolPrefix) {
		if found, err := r.matches(&db.symbols, alias); err != nil || len(found) > 0 {
			return found, err
		}
	}
	if r.hasCommand(alias) {
		m, err := db.builtin(alias)
		return []Module{m}, err
	}
	if found, err := r.matches(&db.aliases, alias); err != nil || len(found) > 0 {
		return found, err
	}
	if m, err := db.builtin(alias); err != nil {
		return nil, err
	} else if m.found() {
		return []Module{m}, nil
	}
	return r.builtinAlias(alias)
}

// builtinAlias looks up the aliases of built-ins. They also name drivers that cannot
// be modules, which modules.builtin does not list.
func (r *resolver) builtinAlias(alias string) ([]Module, error) {
	found, err := r.matches(&r.db.builtinAliases, alias)
	for i := range found {
		if !found[i].found() {
			found[i].Builtin = true
		}
	}
	return found, err
}

// symbolPrefix begins an alias that stands for an exported symbol.
const symbolPrefix = "symbol:"

// hasCommand reports whether there is an install or a remove line for a name.
func (r *resolver) hasCommand(name string) bool {
	if r.noCommands {
		return false
	}
	conf := r.db.conf()
	if _, ok := conf.Install(name); ok {
		return true
	}
	_, ok := conf.Remove(name)
	return ok
}

// matches resolves all aliases of one index that match.
func (r *resolver) matches(l *lazyIndex, alias string) ([]Module, error) {
	values, err := l.match(r.steps, alias)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	return r.named(distinctValues(values), alias)
}

// distinctValues returns the values of entries without repetitions, in order.
func distinctValues(entries []index.Entry) []string {
	if len(entries) == 1 {
		return []string{entries[0].Value}
	}
	values := make([]string, len(entries))
	for i := range entries {
		values[i] = entries[i].Value
	}
	return distinct(values)
}

// distinct removes repetitions and keeps the order.
func distinct(values []string) []string {
	kept := values[:0]
	var seen map[string]bool // instead of a linear search once there are many
	for _, v := range values {
		if seen[v] || seen == nil && slices.Contains(kept, v) {
			continue
		}
		kept = append(kept, v)
		switch {
		case seen != nil:
			seen[v] = true
		case len(kept) == 16:
			seen = make(map[string]bool, len(values))
			for _, known := range kept {
				seen[known] = true
			}
		}
	}
	return kept
}

// unknown returns the error for a name that nothing knows.
func (db *DB) unknown(name string) error {
	first := &db.deps
	if strings.HasPrefix(name, symbolPrefix) {
		first = &db.symbols
	}
	return db.notFound(name, first, &db.aliases, &db.builtins, &db.builtinAliases)
}

// notFound returns an error that says which of these indexes were searched, which do
// not exist, and what is missing if a mandatory one does not.
func (db *DB) notFound(name string, searched ...*lazyIndex) error {
	e := &LookupError{Name: name, Dir: db.Dir(), Err: ErrNotFound, Absence: db.require(searched...)}
	for _, l := range searched {
		switch open, absent := l.state(); {
		case open:
			e.Searched = append(e.Searched, l.source())
		case absent:
			e.Missing = append(e.Missing, l.name)
		}
	}
	return e
}

// Exporters finds the modules that export each of the symbols, by modules.symbols
// and whatever the configuration says. Symbols that no module exports are not in
// the result. The error wraps ErrBudget when to find them takes too much work, and
// ErrPath when modules.dep has no usable path for one of the modules; what was found
// otherwise is in the result nonetheless.
func (db *DB) Exporters(symbols ...string) (map[string][]Module, error) {
	r := newResolver(db)
	found := map[string][]Module{}
	var failed error
	for _, symbol := range symbols {
		modules, err := r.matches(&db.symbols, symbolPrefix+symbol)
		switch {
		case errors.Is(err, ErrBudget):
			return found, err
		case err != nil && failed == nil:
			failed = err
		case err == nil && len(modules) > 0:
			found[symbol] = modules
		}
	}
	return found, failed
}
