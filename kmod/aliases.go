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
}

// Aliases returns the aliases that modules themselves have, sorted by pattern,
// and then the symbols that they export, sorted likewise. Configuration and
// built-ins are not among them. It ends after an error; where an index of these is
// not there, that comes last, and wraps ErrNoModuleDir or ErrNoIndexes.
func (db *DB) Aliases() iter.Seq2[Alias, error] {
	return func(yield func(Alias, error) bool) {
		for _, index := range []*lazyIndex{&db.aliases, &db.symbols} {
			for entry, err := range index.all(db) {
				if !yield(Alias{Pattern: entry.Key, Module: entry.Value}, err) || err != nil {
					return
				}
			}
		}
		if err := db.require(&db.aliases, &db.symbols); err != nil {
			yield(Alias{}, err)
		}
	}
}
