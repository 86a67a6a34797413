package kmodtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modname"
)

// graph is the modules of a tree with their dependencies.
type graph struct {
	modules []*Module
	byName  map[string]*Module
	owners  map[string]*Module   // of exported symbols
	needs   map[string][]*Module // direct dependencies, without built-ins
	all     map[string][]*Module // all dependencies, users before the modules they use
}

func newGraph(modules []Module) (*graph, error) {
	g := &graph{byName: map[string]*Module{}, owners: map[string]*Module{},
		needs: map[string][]*Module{}, all: map[string][]*Module{}}
	for i := range modules {
		m := &modules[i]
		switch {
		case m.Name == "" || strings.ContainsAny(m.Name, "/.: \t\n\x00"):
			return nil, fmt.Errorf("module number %d has the name %q, which is invalid", i, m.Name)
		case g.byName[m.name()] != nil:
			return nil, fmt.Errorf("two modules have the name %s", m.Name)
		}
		g.modules = append(g.modules, m)
		g.byName[m.name()] = m
		for _, symbol := range m.exports() {
			g.owners[symbol] = m
		}
	}
	for _, m := range g.modules {
		if err := g.connect(m); err != nil {
			return nil, err
		}
	}
	for _, m := range g.modules {
		if _, err := g.closure(m, nil); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// connect finds a module's direct dependencies.
func (g *graph) connect(m *Module) error {
	add := func(other *Module) {
		if other != m && !other.Builtin && !slices.Contains(g.needs[m.name()], other) {
			g.needs[m.name()] = append(g.needs[m.name()], other)
		}
	}
	for _, name := range m.Depends {
		other := g.byName[modname.Normalize(name)]
		if other == nil {
			return fmt.Errorf("module %s depends on %s, which is not in the tree", m.Name, name)
		}
		if other == m {
			return fmt.Errorf("module %s depends on itself", m.Name)
		}
		add(other)
	}
	for _, symbol := range m.Needs {
		if other := g.owners[symbol]; other != nil {
			add(other)
		}
	}
	return nil
}

// closure finds everything that a module needs. on are the modules on the path
// to it.
func (g *graph) closure(m *Module, on []*Module) ([]*Module, error) {
	if all, ok := g.all[m.name()]; ok {
		return all, nil
	}
	if slices.Contains(on, m) {
		return nil, fmt.Errorf("module %s depends on itself through others", m.Name)
	}
	on = append(on, m)
	var all []*Module // modules before their users
	for _, other := range g.needs[m.name()] {
		below, err := g.closure(other, on)
		if err != nil {
			return nil, err
		}
		for _, one := range slices.Backward(append([]*Module{other}, below...)) {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	slices.Reverse(all)
	g.all[m.name()] = all
	return all, nil
}

// line is the module's line in modules.dep.
func (g *graph) line(m *Module) string {
	line := m.path() + ":"
	for _, other := range g.all[m.name()] {
		line += " " + other.path()
	}
	return line
}
