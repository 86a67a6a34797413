package modconf

import "io/fs"

// Words with a special meaning in a search list.
const (
	SearchBuiltin  = "built-in" // modules that no other entry covers
	SearchExternal = "external" // modules in directories outside the module directory
)

// MaxEntries is the largest number of entries in all lists of a [DepmodConfig].
const MaxEntries = 1 << 16

// SearchEntry is one word of the search list. Earlier entries win.
type SearchEntry struct {
	Dir string // relative to the module directory, or SearchBuiltin, SearchExternal
	Origin
}

// Override says which of several files with one name is the module.
type Override struct {
	Module  string // name of the file up to its first '.', as written
	Kernels Kernels
	Dir     string // relative to the module directory
	Origin
}

// External is a directory with more modules, outside the module directory.
type External struct {
	Kernels Kernels
	Dir     string // absolute, as written
	Origin
}

// Exclude is a name of files and directories to skip.
type Exclude struct {
	Name string
	Origin
}

// DepmodConfig is the configuration of depmod.d(5). Every list is in the order
// of the lines. Repetitions that cannot have an effect are left out. It is
// immutable and safe for concurrent use. The zero value is an empty
// configuration.
type DepmodConfig struct {
	Search    []SearchEntry // all search lines in a row; empty means "updates built-in"
	Overrides []Override
	Externals []External
	Excludes  []Exclude
	Warnings  []Warning // at most MaxWarnings, and one saying that there were more

	// Err is a failure of the machine (see openfile.MachineFailed) that made part
	// of the configuration unreadable.
	Err *fs.PathError

	excluded map[string]bool
}

// DepmodSources says what [ReadDepmod] reads. The fields have the same meaning
// as those of [Sources].
type DepmodSources struct {
	FS     fs.FS
	Prefix string
	Dirs   []string
	Files  []File
}

// DepmodDirs returns the directories of depmod.d(5), highest precedence first,
// as names in a file system.
func DepmodDirs() []string {
	return []string{"etc/depmod.d", "run/depmod.d", "usr/local/lib/depmod.d",
		"usr/lib/depmod.d", "lib/depmod.d"}
}

// ReadDepmod reads a configuration of depmod. Its warnings tell what is wrong
// with it, and Err tells if the machine is at fault; the result is never nil.
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

// Excluded reports whether a file or directory of that name is skipped, at
// whatever depth below the module directory or an external directory. "build"
// and "source" always are.
func (c *DepmodConfig) Excluded(name string) bool {
	return name == "build" || name == "source" || c.excluded[name]
}

// ExternalsFor returns the external directories for a kernel release, each
// once, in the order in which to search them.
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
