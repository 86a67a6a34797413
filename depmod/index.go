package depmod

// Index is the content of a tree of modules, in memory. It is immutable and
// safe for concurrent use.
type Index struct {
	// Report lists the problems in the tree.
	Report Report

	// Effort is what the scan cost.
	Effort Effort

	release        string
	dir            string
	home           home
	prefix         byte  // of symbols
	fault          error // why there are no files
	modules        []Module
	symbols        *symbols
	exporters      []exporter // by number of the name
	neededAs       []uint32   // by number of a name: the name under which it is looked up
	exportedAs     []uint32   // by number of a name: the name under which it is found
	exported       []uint32   // numbers of the exported names, in order
	ranked         []int32    // the modules in the order of dependency lists
	builtinNames   []string
	builtinAliases []alias
}

// alias is an alias with the module that it stands for.
type alias struct{ pattern, module string }

// Release is the kernel release of the modules.
func (x *Index) Release() string { return x.release }

// Dir is the module directory, including the root that it is below.
func (x *Index) Dir() string { return x.dir }

// Modules returns the modules in the order of the index. They must not be
// changed.
func (x *Index) Modules() []Module { return x.modules }
