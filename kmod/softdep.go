package kmod

import "slices"

// delayed is a module that waits for another one, which it needs but for which
// it is itself a soft dependency.
type delayed struct {
	module Module
	why    Reason
	until  string
}

// soft visits the soft dependencies of one kind, those of all lines. It returns
// the steps of the modules themselves. Those that are unknown do not matter.
func (p *planner) soft(m Module, kind ReasonKind) ([]int, error) {
	if p.opts.NoSoftdeps {
		return nil, nil
	}
	if p.depth++; p.depth > maxDepth {
		return nil, errDepth
	}
	defer func() { p.depth-- }()
	var steps []int
	for _, line := range p.conf.SoftdepsOf(m.Name) {
		names := line.Pre
		if kind == ReasonSoftPost {
			names = line.Post
		}
		if err := p.spend(m, len(names)); err != nil {
			return nil, err
		}
		for _, name := range names {
			why := Reason{Kind: kind, Of: m.Name, Origin: publicOrigin(line.Origin)}
			found, err := p.softNamed(name, why)
			if err != nil {
				return nil, err
			}
			for _, at := range found {
				if !slices.Contains(steps, at) {
					steps = append(steps, at)
				}
			}
		}
	}
	return steps, nil
}

// softNamed visits the modules that a soft dependency names.
func (p *planner) softNamed(name string, why Reason) ([]int, error) {
	found := p.db.lookupSoft(name)
	if len(found) == 0 {
		p.skip(Module{Name: name}, why, Skip{Kind: SkipMissing})
	}
	var steps []int
	for _, m := range found {
		at, err := p.visit(m, why)
		if err != nil {
			return nil, err
		}
		if at >= 0 {
			steps = append(steps, at)
		}
	}
	return steps, nil
}

// resume visits the modules that waited for this one.
func (p *planner) resume(name string) error {
	waiting := p.delayed
	p.delayed = nil
	for _, d := range waiting {
		if d.until != name {
			p.delayed = append(p.delayed, d)
			continue
		}
		if _, err := p.visit(d.module, d.why); err != nil {
			return err
		}
	}
	return nil
}
