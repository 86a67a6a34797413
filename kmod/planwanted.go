package kmod

import (
	"slices"
)

// require marks the steps without which the call has failed.
func (r *run) require() {
	for i, s := range slices.Backward(r.plan.Steps) {
		res := &r.result.Steps[i]
		res.Required = res.Required || s.Requested()
		if !res.Required {
			continue
		}
		for _, at := range s.Needs {
			r.result.Steps[at].Required = true
		}
	}
}

// askPolicy asks about every module that could be inserted.
func (r *run) askPolicy() {
	if r.l.cfg.Policy == nil {
		return
	}
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		if s.Action != ActionInsert && s.Action != ActionCommand || s.Module.Builtin {
			continue
		}
		if err := r.l.cfg.Policy(s); err != nil {
			note(&r.forbidden, i, error(s.Module.forbidden(err)))
		}
	}
}

// want marks the steps that have something to do: the requested ones, and what they
// need, directly or indirectly. A module that is already live or built in needs nothing
// any more, and neither does one that policy keeps out, so that nothing is inserted for
// it needlessly.
func (r *run) want() {
	children := r.softChildren()
	doomed := r.doomed()
	var pending []int
	add := func(i int) {
		if !r.steps[i].wanted {
			r.steps[i].wanted = true
			pending = append(pending, i)
		}
	}
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		if !s.Requested() {
			continue
		}
		switch {
		case r.settleBefore(i, len(children[i]) > 0):
		case s.Module.Builtin && s.Action != ActionSkip:
			r.result.Steps[i].Outcome = OutcomeBuiltin
		case doomed[i]:
			r.steps[i].wanted = true // so that it returns its error
			r.wantForbidden(s)
		default:
			add(i)
		}
	}
	for len(pending) > 0 {
		i := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if doomed[i] {
			continue
		}
		for _, at := range r.plan.Steps[i].Needs {
			add(at)
		}
		for _, at := range children[i] {
			add(at)
		}
	}
}

// wantForbidden gives what s needs and policy keeps out its turn, so that it returns
// its error.
func (r *run) wantForbidden(s *Step) {
	for _, at := range s.Needs {
		if r.forbidden[at] != nil {
			r.steps[at].wanted = true
		}
	}
}

// softChildren lists the soft dependencies of the steps that have any.
func (r *run) softChildren() map[int][]int {
	var children map[int][]int
	for i := range r.plan.Steps {
		for _, why := range r.plan.Steps[i].Reasons {
			if why.Kind != ReasonSoftPre && why.Kind != ReasonSoftPost {
				continue
			}
			if at, known := r.position[why.Of]; known {
				note(&children, at, append(children[at], i))
			}
		}
	}
	return children
}

// doomed marks the steps that policy keeps out, and those that need them.
func (r *run) doomed() map[int]bool {
	if len(r.forbidden) == 0 {
		return nil
	}
	doomed := map[int]bool{}
	for i := range r.plan.Steps {
		s := &r.plan.Steps[i]
		doomed[i] = r.forbidden[i] != nil && !r.names.inKernel(s).done() ||
			slices.ContainsFunc(s.Needs, func(at int) bool { return doomed[at] })
	}
	return doomed
}

// settle reports whether the module of a step is in the kernel, and if so sets the
// outcome of the step.
func (r *run) settle(i int) bool {
	return r.settleAs(i, r.names.inKernel(&r.plan.Steps[i]))
}

func (r *run) settleAs(i int, outcome Outcome) bool {
	if outcome.done() {
		r.result.Steps[i].Outcome = outcome
	}
	return outcome.done()
}

// settleBefore is settle for a requested step, before the run. If only its own insert
// depends on the answer, no file is read to find out: the kernel's answer to the insert
// tells.
func (r *run) settleBefore(i int, hasChildren bool) bool {
	s := &r.plan.Steps[i]
	if r.mustLook(s) || hasChildren || r.forbidden[i] != nil {
		return r.settle(i)
	}
	status, _ := r.l.statusToInsert(r.l.knownName(s.Module))
	return r.settleAs(i, inKernel(status))
}

// canBeLive reports whether a step is about a module that could be in the kernel.
func (s *Step) canBeLive() bool {
	return s.Action != ActionBuiltin && (s.Action != ActionSkip || s.Skip.Kind == SkipMissing)
}

// moot reports whether a step is there only to come after modules that were not loaded,
// or because of other moot steps. Only what the step waits for counts: what has become
// of other steps by now depends on how many run at a time, and results of steps under
// way must not be read.
func (r *run) moot(i int) bool {
	m := mootness{r: r, step: i, left: maxMoot, seen: map[int]bool{}}
	return m.of(i)
}

// mootness is the search for something that a step is still there for.
type mootness struct {
	r    *run
	step int
	seen map[int]bool // steps whose reasons were looked at
	left int          // how much of the search is left
}

// maxMoot bounds the search, in reasons and in steps that wait for each other. One plan
// of all 4,245 modules of Debian's 6.12 has 11,239 waits. A step that exceeds the bound
// has its turn, as if it were still of use.
const maxMoot = 1 << 16

// of reports whether the step at j, which is that of the search or there only because
// of it, has only moot reasons.
func (m *mootness) of(j int) bool {
	if m.seen[j] {
		return true
	}
	m.seen[j] = true
	s := &m.r.plan.Steps[j]
	if s.Requested() {
		return false
	}
	for _, why := range s.Reasons {
		at, known := m.r.position[why.Of]
		m.left--
		switch {
		case !known || m.left < 0:
			return false
		case at >= j || m.seen[at]:
			if !m.of(at) {
				return false
			}
		case why.Kind != ReasonSoftPost || !m.waitsFor(at) || m.r.result.Steps[at].Outcome.done():
			return false
		}
	}
	return true
}

// waitsFor reports whether the step of the search waits for an earlier one, directly or
// indirectly, so that the latter has ended.
func (m *mootness) waitsFor(at int) bool {
	seen := map[int]bool{}
	pending := []int{m.step}
	for len(pending) > 0 {
		s := &m.r.plan.Steps[pending[len(pending)-1]]
		pending = pending[:len(pending)-1]
		for _, before := range [][]int{s.Needs, s.After} {
			for _, k := range before {
				m.left--
				switch {
				case k == at:
					return true
				case m.left < 0:
					return false
				case k > at && !seen[k]:
					seen[k] = true
					pending = append(pending, k)
				}
			}
		}
	}
	return false
}
