package kmod

import "slices"

// followWeak plans the weak dependencies of everything planned so far, and of what that
// brings in.
func (p *planner) followWeak() error {
	if !p.opts.Weakdeps {
		return nil
	}
	for i := 0; i < len(p.plan.Steps); i++ {
		if err := p.followWeakOf(p.plan.Steps[i].Module); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) followWeakOf(m Module) error {
	more, err := p.builtins.weakdeps(m)
	if err != nil {
		return err
	}
	for _, line := range slices.Concat(p.conf.WeakdepsOf(m.Name), more) {
		if err := p.spend(m.Name, len(line.Modules)); err != nil {
			return err
		}
		for _, name := range line.Modules {
			why := Reason{Kind: ReasonWeak, Of: m.Name, Origin: publicOrigin(line.Origin)}
			if _, err := p.softNamed(name, why); err != nil {
				return err
			}
		}
	}
	return nil
}
