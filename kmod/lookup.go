package kmod

import (
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
)

// Lookup returns the modules that a name stands for: a module's name or an
// alias, such as "pci:v00008086d…" of a device, "fs-xfs", or "symbol:NAME" for
// a symbol. The first of these that knows the name gives the answer:
//
//	modules.dep            by name
//	modules.symbols        for symbol: names
//	modules.alias          every pattern that matches, best first
//	modules.builtin        by name
//	modules.builtin.alias  every pattern that matches
//
// Each module is listed once. The error wraps ErrNotFound when none is known.
func (db *DB) Lookup(name string) ([]Module, error) {
	alias, err := modname.NormalizeAlias(name)
	if err != nil {
		return nil, &LookupError{Name: name, Dir: db.Dir(), Err: err}
	}
	if !strings.Contains(alias, ":") {
		m, err := db.byName(alias)
		if err != nil {
			return nil, err
		}
		if m.found() {
			return []Module{m}, nil
		}
	}
	return db.lookupAlias(name, alias)
}

// lookupAlias is Lookup for what is not the name of a module file.
func (db *DB) lookupAlias(name, alias string) ([]Module, error) {
	if strings.HasPrefix(alias, "symbol:") {
		if found, err := db.matches(&db.symbols, alias); err != nil || len(found) > 0 {
			return found, err
		}
	}
	if found, err := db.matches(&db.aliases, alias); err != nil || len(found) > 0 {
		return found, err
	}
	if m, err := db.builtin(alias); err != nil {
		return nil, err
	} else if m.found() {
		return []Module{m}, nil
	}
	found, err := db.matches(&db.builtinAliases, alias)
	if err != nil || len(found) > 0 {
		return found, err
	}
	if strings.HasPrefix(alias, "symbol:") {
		return nil, db.notFound(name, &db.symbols, &db.aliases, &db.builtins, &db.builtinAliases)
	}
	return nil, db.notFound(name, &db.deps, &db.aliases, &db.builtins, &db.builtinAliases)
}

// matches resolves all aliases of one index that match.
func (db *DB) matches(l *lazyIndex, alias string) ([]Module, error) {
	values, err := l.match(db, alias)
	if err != nil || len(values) == 0 {
		return nil, err
	}
	names := distinct(values)
	found := make([]Module, 0, len(names))
	for _, name := range names {
		m, err := db.byName(name)
		if err == nil && !m.found() {
			m, err = db.builtin(name)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, nil
}

// distinct returns the values without repetitions, in order.
func distinct(values []index.Entry) []string {
	if len(values) == 1 {
		return []string{values[0].Value}
	}
	names := make([]string, 0, len(values))
	var seen map[string]bool // instead of a linear search once there are many
	for _, v := range values {
		if seen[v.Value] || seen == nil && slices.Contains(names, v.Value) {
			continue
		}
		names = append(names, v.Value)
		switch {
		case seen != nil:
			seen[v.Value] = true
		case len(names) == 16:
			seen = make(map[string]bool, len(values))
			for _, name := range names {
				seen[name] = true
			}
		}
	}
	return names
}

// notFound makes the error that says where was looked, and which of these
// indexes do not exist.
func (db *DB) notFound(name string, searched ...*lazyIndex) error {
	e := &LookupError{Name: name, Dir: db.Dir(), Err: ErrNotFound}
	for _, l := range searched {
		switch open, absent := l.state(db); {
		case open:
			e.Searched = append(e.Searched, l.name)
		case absent:
			e.Missing = append(e.Missing, l.name)
		}
	}
	return e
}
