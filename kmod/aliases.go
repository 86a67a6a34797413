package kmod

import "iter"

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
