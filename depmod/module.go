package depmod

import (
	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/sys"
)

// Module is a module of an Index.
type Module struct {
	// Name is the module's name, from the file's.
	Name string

	// Path is the file, relative to the module directory; of a file outside of
	// it absolute.
	Path string

	// Aliases are those that the module states, in its order.
	Aliases []string

	// Softdeps and Weakdeps are the module's soft and weak dependencies as it
	// states them, such as "pre: a b post: c".
	Softdeps, Weakdeps []string

	// Exports are the names of the symbols that the module offers to others.
	Exports []string

	file   string    // name in the tree
	host   string    // where it lies outside the root, "" for below
	stamp  sys.Stamp // of the file, where that is known
	record *record
	cached *cacheEntry // where the record comes from, if that is the cache
	deps   []int32     // direct dependencies, in the order in which symbols name them; sort turns them into ranks
}

// candidate is a module file that was found.
type candidate struct {
	modconf.Candidate // its path, as in Module.Path

	name  string
	file  string     // name in the tree
	host  string     // where it lies outside the root, "" for below
	stamp *sys.Stamp // of the file, zero where nothing is known
}
