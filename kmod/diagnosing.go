package kmod

import "slices"

// diagnosing is one call of Diagnose.
type diagnosing struct {
	d      *Diagnoser
	plan   *Plan
	result *Diagnosis
	doomed map[*subject]bool // those seen, and whether they would fail
}

// step adds what there is to say about a step of the plan.
func (w *diagnosing) step(s *Step) {
	asked := s.requested()
	if asked {
		w.asked(s)
	}
	switch {
	case s.Action == ActionSkip:
		w.add(skipFinding(s))
		return
	case s.Action == ActionBuiltin, s.Module.Path == "":
		return
	case s.Action == ActionCommand:
		w.add(commandFinding(s))
	}
	subject := w.d.stepSubject(s.Module)
	if !asked && w.d.live(subject.name) {
		w.doomed[subject] = false
		return
	}
	before := len(w.result.Findings)
	w.visit(subject, asked)
	for _, f := range w.d.checkParameters(subject, s) {
		w.add(f)
	}
	w.dependencies(s, subject)
	w.doomed[subject] = slices.ContainsFunc(w.result.Findings[before:], func(f Finding) bool { return f.Severity == SeverityWould })
}

// stepSubject is the file that would be inserted for a module of a plan.
func (d *Diagnoser) stepSubject(m Module) *subject {
	if s := d.together[m.Name]; s != nil && !m.local {
		return s
	}
	return d.subject(m)
}

// visit adds the findings about a module, behind those about the ones that it
// uses and that are diagnosed together with it.
func (w *diagnosing) visit(s *subject, asked bool) {
	if _, seen := w.doomed[s]; seen {
		return
	}
	w.doomed[s] = false
	s.examine(w.d)
	for _, other := range s.uses {
		if _, seen := w.doomed[other]; !seen && !w.d.live(other.name) {
			w.visit(other, false)
		}
		w.uses(s, other)
	}
	for i := range s.findings {
		if f := &s.findings[i]; f.Kind != FindingDependency || !w.d.live(f.Provider) {
			w.add(f)
		}
	}
	w.result.addUnchecked(s.unchecked...)
	f, unchecked := w.d.checkSignature(s)
	w.add(f)
	if unchecked != nil {
		w.result.addUnchecked(*unchecked)
	}
	w.add(w.d.checkCodec(s))
	if asked {
		w.result.Needs = append(w.result.Needs, s.needs...)
	}
	w.doomed[s] = w.doomed[s] || wouldFail(s.findings) || f != nil && f.Severity == SeverityWould
}

// uses notes that a module fails with one that it uses.
func (w *diagnosing) uses(s, other *subject) {
	if w.doomed[other] && !w.doomed[s] {
		w.add(dependencyFinding(s, other))
		w.doomed[s] = true
	}
}

// dependencies notes which of the modules that modules.dep lists would fail.
func (w *diagnosing) dependencies(s *Step, subject *subject) {
	for _, at := range s.Needs {
		step := &w.plan.Steps[at]
		if step.Module.Path == "" {
			continue
		}
		if other := w.d.stepSubject(step.Module); w.doomed[other] && !slices.Contains(subject.uses, other) {
			w.add(dependencyFinding(subject, other))
		}
	}
}

func wouldFail(list []Finding) bool {
	return slices.ContainsFunc(list, func(f Finding) bool { return f.Severity == SeverityWould })
}

func (w *diagnosing) add(f *Finding) {
	if f != nil {
		w.result.Findings = append(w.result.Findings, *f)
	}
}

// dependencyFinding reports a module that cannot be loaded because of another.
func dependencyFinding(s, other *subject) *Finding {
	f := s.finding(FindingDependency, SeverityWould, printable(s.name), " needs the module ", printable(other.name), ", which would not load.")
	f.Provider = other.name
	return f
}

// skipFinding reports what a plan skips.
func skipFinding(s *Step) *Finding {
	f := &Finding{Severity: SeverityWould, Module: s.Module.Name, Path: s.Module.Path, Origin: s.Skip.Origin}
	name := printable(s.Module.Name)
	if s.Skip.Kind == SkipBlacklisted {
		f.Kind = FindingBlacklisted
		f.Text = name + " is blacklisted" + by(f.Origin) + ", and nothing is loaded for its sake."
		f.Advice = "Take the line out, or load the module by its own name."
		return f
	}
	f.Kind = FindingMissing
	f.Text = "There is no module " + name + ", which an alias stands for."
	f.Advice = "Run depmod if the module was added or removed."
	return f
}

// commandFinding reports an install line.
func commandFinding(s *Step) *Finding {
	f := &Finding{Kind: FindingCommand, Severity: SeverityMight, Module: s.Module.Name, Path: s.Module.Path,
		Want: s.Command.Text, Origin: &s.Command.Origin}
	f.Text = "Instead of loading " + printable(s.Module.Name) + ", the command " + quoteText(s.Command.Text) + " is run" + by(f.Origin) + "."
	f.Advice = "Take the line out, or have install commands ignored, if the module itself is wanted."
	return f
}

// by names the line of configuration that is the cause, in brackets.
func by(o *Origin) string {
	if o == nil {
		return ""
	}
	return " (" + o.String() + ")"
}
