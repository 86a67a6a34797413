package kmod

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/index"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
)

// Alias is an entry of an index: names that match the pattern stand for the
// module.
type Alias struct {
	// Pattern is a shell pattern with underscores for dashes; "symbol:NAME" for
	// an exported symbol.
	Pattern string `json:"pattern"`

	// Module is the module's name.
	Module string `json:"module"`

	// Builtin: the alias belongs to a part of the kernel image, which may be one that
	// cannot be built as a module.
	Builtin bool `json:"builtin,omitempty"`
}

// Aliases yields the aliases that modules themselves have, sorted by pattern, and
// then those of built-ins, also sorted. It does not yield those of the
// configuration. It ends after an error, which wraps ErrNoModuleDir or ErrNoIndexes
// if there is no modules.alias.bin.
func (db *DB) Aliases() iter.Seq2[Alias, error] { return db.entries(&db.aliases, &db.builtinAliases) }

// Symbols yields the symbols that modules export, sorted, as aliases of the form
// "symbol:NAME". It ends after an error, which wraps ErrNoModuleDir or ErrNoIndexes
// if there is no modules.symbols.bin.
func (db *DB) Symbols() iter.Seq2[Alias, error] { return db.entries(&db.symbols) }

func (db *DB) entries(indexes ...*lazyIndex) iter.Seq2[Alias, error] {
	return func(yield func(Alias, error) bool) {
		if err := db.require(indexes...); err != nil {
			yield(Alias{}, err)
			return
		}
		for _, index := range indexes {
			for entry, err := range index.all() {
				a := Alias{Pattern: entry.Key, Module: entry.Value, Builtin: index == &db.builtinAliases}
				if !yield(a, err) || err != nil {
					return
				}
			}
		}
	}
}

// Match is a pattern that matches an alias, and a module that the alias therefore
// stands for.
type Match struct {
	Module Module `json:"module"`

	// Pattern is the alias of the module that matched, with underscores for dashes.
	Pattern string `json:"pattern"`

	// Origin is the alias line of modprobe.d(5). It is nil for an alias that the
	// module has itself.
	Origin *Origin `json:"origin,omitempty"`
}

// Matches yields every pattern that matches an alias, with its module, the most specific
// one first: that with the fewest "*", then the fewest "?" and "[", then the most
// characters that stand for themselves; equal ones in the order of the index. A module
// has as many matches as it has matching patterns.
//
// Alias lines of modprobe.d(5) come before all aliases that modules have themselves:
// where there are any, [DB.Lookup] returns only what they name. The aliases of modules
// and of built-ins, and for a "symbol:" name the exported symbols, are in one order. The
// names of modules are not aliases; [DB.Module] finds those.
//
// It ends after an error. One that wraps ErrNotFound says that nothing matches, so that
// the first element is either the best match or the reason why there is none; others
// wrap ErrNoModuleDir or ErrNoIndexes if an index that depmod(8) makes is missing, and
// ErrBudget as that of Lookup does.
func (db *DB) Matches(alias string) iter.Seq2[Match, error] {
	return func(yield func(Match, error) bool) {
		f := matchFinder{resolver: &resolver{db: db}, number: map[string]int{}, seen: map[matchKey]bool{}}
		err := f.find(alias)
		if errors.Is(err, ErrBudget) {
			err = fmt.Errorf("look up module %s: %w", plain.Name(alias), err)
		}
		if err != nil {
			yield(Match{}, err)
			return
		}
		for i := range f.found {
			m, err := f.match(&f.found[i])
			if !yield(m, err) || err != nil {
				return
			}
		}
	}
}

// matchFinder finds the patterns that match an alias.
type matchFinder struct {
	*resolver
	alias    string // normalised
	patterns []foundPattern
	number   map[string]int // of a pattern, of which an index may repeat a long one
	seen     map[matchKey]bool
	found    []foundMatch
}

// foundPattern is a pattern that matches.
type foundPattern struct {
	text string
	rank glob.Specificity
}

// matchKey is a pattern, by its number, and a module that has it.
type matchKey struct {
	pattern int
	module  string
}

// foundMatch is a match whose module is looked up when its turn comes.
type foundMatch struct {
	matchKey
	origin  *Origin
	builtin bool
}

// find finds the patterns, in order.
func (f *matchFinder) find(name string) error {
	db := f.db
	indexes := []*lazyIndex{&db.aliases, &db.builtinAliases}
	if strings.HasPrefix(name, symbolPrefix) {
		indexes = []*lazyIndex{&db.symbols, &db.aliases, &db.builtinAliases}
	}
	alias, err := modname.NormalizeAlias(name)
	if err != nil {
		return &LookupError{Name: name, Dir: db.Dir(), Err: err}
	}
	if err := db.require(append(indexes, &db.deps)...); err != nil {
		return err
	}
	f.alias = alias
	if err := f.configured(); err != nil {
		return err
	}
	configured := len(f.found)
	for _, l := range indexes {
		entries, err := l.match(f.steps, alias)
		if err != nil {
			return err
		}
		f.indexed(entries, l == &db.builtinAliases)
	}
	if len(f.found) == 0 {
		return db.notFound(name, indexes...)
	}
	for _, part := range [][]foundMatch{f.found[:configured], f.found[configured:]} {
		slices.SortStableFunc(part, func(a, b foundMatch) int {
			return f.patterns[a.pattern].rank.Compare(f.patterns[b.pattern].rank)
		})
	}
	return nil
}

// configured adds the alias lines of the configuration that match.
func (f *matchFinder) configured() error {
	conf := f.db.conf()
	if err := configError(conf); err != nil {
		return err
	}
	lines, err := conf.MatchAliases(f.steps, f.alias)
	for _, line := range lines {
		f.add(line.Pattern, line.Module, publicOrigin(line.Origin), false)
	}
	return err
}

// indexed adds the entries of an index that match.
func (f *matchFinder) indexed(entries []index.Entry, builtin bool) {
	for i := range entries {
		f.add(entries[i].Key, entries[i].Value, nil, builtin)
	}
}

// add adds a match, unless there is one of the same pattern and module.
func (f *matchFinder) add(pattern, module string, origin *Origin, builtin bool) {
	number, known := f.number[pattern]
	if !known {
		number = len(f.patterns)
		f.number[pattern] = number
		f.patterns = append(f.patterns, foundPattern{pattern, glob.SpecificityOf(pattern)})
	}
	key := matchKey{number, module}
	if !f.seen[key] {
		f.seen[key] = true
		f.found = append(f.found, foundMatch{key, origin, builtin})
	}
}

// match finds the module of a match.
func (f *matchFinder) match(p *foundMatch) (Match, error) {
	pattern, as := f.patterns[p.pattern].text, f.alias
	if p.origin != nil {
		as = pattern // see resolver.configured
	}
	modules, err := f.named([]string{p.module}, as)
	if err != nil {
		return Match{}, err
	}
	m := modules[0]
	m.Builtin = m.Builtin || p.builtin && !m.found()
	return Match{Module: m, Pattern: pattern, Origin: p.origin}, nil
}
