package kmod

import (
	"slices"

	"github.com/gokmod/gokmod/internal/kernellog"
	"github.com/gokmod/gokmod/kmod/live"
)

// unknownSymbol tells what ENOENT means: a symbol that is not there or not for
// this module, which it names, or an init function that returned ENOENT itself,
// as some do that look for another module.
func (x *explanation) unknownSymbol(logged bool) {
	missing := kernellog.UnknownSymbols(x.e.Log)
	switch {
	case len(missing) > 0:
		if missing = x.withheld(missing); len(missing) == 0 {
			return
		}
	case logged:
		x.e.Err = ErrInit
		return
	case x.s.err != nil || !x.s.free():
		return // which symbols a module may use depends on its license too
	default:
		var unsure []string
		var err error
		if missing, unsure, err = x.l.unexported(x.s.strongSymbols()); err != nil || len(unsure) > 0 {
			return
		}
		if len(missing) == 0 {
			x.e.Err = ErrInit
			return
		}
	}
	for _, name := range missing {
		x.e.Findings = append(x.e.Findings, *x.s.unknownSymbol(name))
	}
	x.e.Detail = "missing: " + listSome(missing)
}

// withheld takes those symbols out that are there, but not for a module of this
// license, or perhaps so, and returns the others.
func (x *explanation) withheld(names []string) []string {
	if x.s.err != nil || x.s.free() {
		return names
	}
	missing, unsure, err := x.l.unexported(slices.Clone(names))
	if err != nil {
		return nil
	}
	for _, name := range names {
		if !slices.Contains(missing, name) && !slices.Contains(unsure, name) {
			x.found(*x.s.licenseFinding(name, &provider{}))
		}
	}
	return missing
}

// compareDependencies compares symbols with the files of the modules that
// modules.dep lists.
func (d *Diagnoser) compareDependencies(s *subject) {
	deps, _ := d.dependenciesOf(s)
	for i := range s.needed {
		n := &s.needed[i]
		name := lookupName(n)
		for _, dep := range deps {
			e, ok := dep.exports[name]
			if !ok {
				continue
			}
			p := &provider{name: dep.name, export: e}
			if f := s.compareVersion(n, name, p); f != nil && d.opts.Flags&live.IgnoreModversions == 0 {
				s.add(f)
			}
			if f := s.checkNamespace(name, p); f != nil {
				s.add(f)
			}
			break
		}
	}
}
