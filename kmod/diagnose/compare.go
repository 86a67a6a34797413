package diagnose

import "github.com/gokmod/gokmod/kmod/live"

// compareDependencies compares the symbols that a module needs with the exports of
// the modules that modules.dep lists for it.
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
