package depmod

// Index is what a tree of modules holds, in memory. It does not change and is
// safe for concurrent use.
type Index struct {
	// Report is what is odd about the tree.
	Report Report

	release        string
	dir            string
	prefix         byte        // of symbols
	cycle          *CycleError // for which there are no files
	modules        []Module
	exporters      map[string]exporter
	builtinNames   []string
	builtinAliases []alias
}

// alias is an alias with the module that it stands for.
type alias struct{ pattern, module string }

// Release is the kernel release of the modules.
func (x *Index) Release() string { return x.release }

// Dir is the module directory, with the root it lies under.
func (x *Index) Dir() string { return x.dir }

// Modules returns the modules in the order of the index, which must not be
// changed.
func (x *Index) Modules() []Module { return x.modules }
