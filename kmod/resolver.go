package kmod

import (
	"strings"

	"github.com/gokmod/gokmod/internal/glob"
	"github.com/gokmod/gokmod/internal/modname"
)

// resolver finds modules by name. A plan looks the same ones up over and over, so its
// resolver keeps what it has found; the zero value with a DB keeps nothing.
type resolver struct {
	db    *DB
	steps *glob.Budget       // of all look-ups together; nil if each has its own
	lines map[string]depLine // of modules.dep, by module name; nil to keep nothing
	paths map[string]Module  // by path as in modules.dep

	noCommands bool // install and remove lines make no name known
}

// maxSteps bounds what all look-ups of a plan take together. Those for all devices of
// a large machine take a few hundred thousand.
const maxSteps = 1 << 26

func newSteps() *glob.Budget {
	steps := glob.Steps(maxSteps)
	return &steps
}

// depLine is a line of modules.dep.
type depLine struct {
	path, deps string
	known      bool
}

func newResolver(db *DB) *resolver {
	return &resolver{db: db, steps: newSteps(), lines: map[string]depLine{}, paths: map[string]Module{}}
}

// line finds the line of a module.
func (r *resolver) line(name string) (depLine, error) {
	if line, met := r.lines[name]; met {
		return line, nil
	}
	text, known, err := r.db.deps.get(name)
	if err != nil {
		return depLine{}, err
	}
	line := depLine{known: known}
	if known {
		line.path, line.deps, _ = strings.Cut(text, ":")
	}
	if r.lines != nil {
		r.lines[name] = line
	}
	return line, nil
}

// at is DB.moduleAt.
func (r *resolver) at(name, path string) (Module, error) {
	if m, met := r.paths[path]; met && m.Name == name {
		return m, nil
	}
	m, err := r.db.moduleAt(name, path)
	if err == nil && r.paths != nil {
		r.paths[path] = m
	}
	return m, err
}

// byName looks only in modules.dep; a module that is not there is not an error, but
// not found().
func (r *resolver) byName(name string) (Module, error) {
	line, err := r.line(name)
	if err != nil || !line.known {
		return Module{Name: name}, err
	}
	return r.at(name, line.path)
}

// dependencies is DB.Dependencies for a name that modules.dep may not know.
func (r *resolver) dependencies(name string) (deps []Module, known bool, err error) {
	line, err := r.line(name)
	if err != nil || !line.known {
		return nil, false, err
	}
	paths := strings.Fields(line.deps)
	deps = make([]Module, len(paths))
	// The line names users before what they use.
	for i, path := range paths {
		m, err := r.at(modname.FromPath(path), path)
		if err != nil {
			return nil, true, err
		}
		deps[len(deps)-1-i] = m
	}
	return deps, true, nil
}

// named finds the modules that an alias names.
func (r *resolver) named(names []string, alias string) ([]Module, error) {
	found := make([]Module, 0, len(names))
	for _, name := range names {
		m, err := r.byName(name)
		if err == nil && !m.found() {
			m, err = r.db.builtin(name)
		}
		if err != nil {
			return nil, err
		}
		m.Alias = alias
		found = append(found, m)
	}
	return found, nil
}
