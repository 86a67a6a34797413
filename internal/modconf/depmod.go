package modconf

import "io/fs"

// Words with a meaning of their own in a search list.
const (
	SearchBuiltin  = "built-in" // modules that no other entry covers
	SearchExternal = "external" // modules in folders outside of the module directory
)

// MaxEntries is how many names all lists of a [DepmodConfig] may have.
const MaxEntries = 1 << 16

// SearchEntry is one word of the search list, whose earlier entries win.
type SearchEntry struct {
	Dir string // relative to the module directory, or SearchBuiltin, SearchExternal
	Origin
}

// Override says which file of several with one name is the module.
type Override struct {
	Module  string // name of the file up to its first '.', as written
	Kernels Kernels
	Dir     string // relative to the module directory
	Origin
}

// External is a folder with more modules, outside of the module directory.
type External struct {
	Kernels Kernels
	Dir     string // absolute, as written
	Origin
}

// Exclude is a name of files and folders to pass over.
type Exclude struct {
	Name string
	Origin
}

// DepmodConfig is the configuration of depmod.d(5). Every list is in the order
// of the lines. Repetitions that cannot have an effect are left out. It must not
// be changed; any number of goroutines may use it. The zero value is an empty
// configuration.
type DepmodConfig struct {
	Search    []SearchEntry // all search lines in a row; empty means "updates built-in"
	Overrides []Override
	Externals []External
	Excludes  []Exclude
	Warnings  []Warning // at most MaxWarnings and one that says there were more

	// Err is a failure of the machine (see openfile.MachineFailed) for which a part
	// is left out.
	Err *fs.PathError

	excluded map[string]bool
}

// DepmodSources says what [ReadDepmod] reads. The fields mean the same as those
// of [Sources].
type DepmodSources struct {
	FS     fs.FS
	Prefix string
	Dirs   []string
	Files  []File
}

// DepmodDirs returns the folders of depmod.d(5), that of the highest precedence
// first, as names in a file system.
func DepmodDirs() []string {
	return []string{"etc/depmod.d", "run/depmod.d", "usr/local/lib/depmod.d",
		"usr/lib/depmod.d", "lib/depmod.d"}
}

// ReadDepmod reads a configuration of depmod. Whatever is wrong with it is among
// its warnings, and in Err where that is not for its own sake; it is never nil.
func ReadDepmod(s DepmodSources) *DepmodConfig {
	r := newReader(&Sources{FS: s.FS, Prefix: s.Prefix, Dirs: s.Dirs, Files: s.Files})
	d := depmodReader{reader: r, config: &DepmodConfig{}, seen: map[string]bool{}}
	r.statement = d.add
	r.readFiles()
	d.config.Warnings, d.config.Err = r.config.Warnings, r.config.Err
	d.config.indexExcludes()
	return d.config
}

func (c *DepmodConfig) indexExcludes() {
	if len(c.Excludes) == 0 {
		return
	}
	c.excluded = make(map[string]bool, len(c.Excludes))
	for i := range c.Excludes {
		c.excluded[c.Excludes[i].Name] = true
	}
}

// Excluded tells whether a file or folder of that name, at whatever depth below
// the module directory or an external folder, is passed over. "build" and
// "source" always are.
func (c *DepmodConfig) Excluded(name string) bool {
	return name == "build" || name == "source" || c.excluded[name]
}

// ExternalsFor returns the external folders for a kernel release, each once, in
// the order in which they are to be looked through.
func (c *DepmodConfig) ExternalsFor(release string) []External {
	var found []External
	seen := map[string]bool{}
	match := newMatcher(release)
	for i := range c.Externals {
		if e := &c.Externals[i]; !seen[e.Dir] && match.kernels(e.Kernels) {
			seen[e.Dir] = true
			found = append(found, *e)
		}
	}
	return found
}
