package depmod

import (
	"github.com/gokmod/gokmod/internal/modconf"
	"github.com/gokmod/gokmod/internal/sys"
)

// Module is a module of an Index.
type Module struct {
	// Name is the module's name, derived from the file's.
	Name string

	// Path is the file, relative to the module directory, or absolute if it is
	// outside it.
	Path string

	// Aliases are the module's aliases, in its order.
	Aliases []string

	// Softdeps and Weakdeps are the module's soft and weak dependencies as it
	// states them, such as "pre: a b post: c".
	Softdeps, Weakdeps []string

	// Exports are the names of the symbols that the module offers to others.
	Exports []string

	file   string    // its name in the tree
	host   string    // where it is if outside the root, otherwise ""
	stamp  sys.Stamp // of the file, if known
	record *record
	cached *cacheEntry // the source of the record, if it came from the cache
	deps   []int32     // direct dependencies, in the order in which symbols name them; sort turns them into ranks
}

// candidate is a module file that was found.
type candidate struct {
	modconf.Candidate // its path, as in Module.Path

	name  string
	file  string     // its name in the tree
	host  string     // where it is if outside the root, otherwise ""
	stamp *sys.Stamp // of the file, zero if nothing is known
}
