package diagnose

import (
	"slices"

	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
)

// diagnosing is one call of Diagnose.
type diagnosing struct {
	d      *Diagnoser
	plan   *kmod.Plan
	result *Diagnosis
	worst  map[*subject]Severity // of the subjects seen so far
}

// step adds the findings about a step of the plan.
func (w *diagnosing) step(s *kmod.Step) {
	asked := s.Requested()
	if asked {
		w.asked(s)
	}
	before := len(w.result.Findings)
	switch {
	case s.Action == kmod.ActionSkip:
		w.add(skipFinding(s))
		return
	case s.Action == kmod.ActionBuiltin, s.Module.Path == "":
		return
	case s.Action == kmod.ActionCommand:
		w.add(commandFinding(s))
	}
	subject := w.d.stepSubject(s.Module)
	if !asked && w.d.live(subject) {
		w.worst[subject] = SeverityNote
		return
	}
	w.visit(subject, asked)
	for _, f := range w.d.checkParameters(subject, s) {
		w.add(f)
	}
	w.dependencies(s, subject)
	w.worst[subject] = worst(w.result.Findings[before:])
}

// stepSubject is the file that would be inserted for a module of a plan.
func (d *Diagnoser) stepSubject(m kmod.Module) *subject {
	if s := d.together.byName[m.Name]; s != nil && !m.Local {
		return s
	}
	return d.subject(m)
}

// visit adds the findings about a module, after those about the modules that it
// uses and that are diagnosed together with it.
func (w *diagnosing) visit(s *subject, asked bool) {
	if _, seen := w.worst[s]; seen {
		return
	}
	w.worst[s] = SeverityNote
	s.examine(w.d)
	for _, other := range s.uses {
		if _, seen := w.worst[other]; !seen && !w.d.live(other) {
			w.visit(other, false)
		}
		w.uses(s, other)
	}
	before := len(w.result.Findings)
	w.add(w.d.keptOut(s))
	w.add(w.d.nameTaken(s))
	for i := range s.findings {
		if f := &s.findings[i]; f.Kind != FindingDependency || !w.d.liveProvider(f.Provider) {
			w.add(f)
		}
	}
	w.result.addUnchecked(s.unchecked...)
	w.duplicates(s)
	f, unchecked := w.d.checkSignature(s)
	w.add(f)
	if unchecked != nil {
		w.result.addUnchecked(*unchecked)
	}
	w.add(w.d.checkCodec(s))
	if asked {
		w.result.Needs = append(w.result.Needs, s.needs...)
	}
	w.worst[s] = max(w.worst[s], worst(w.result.Findings[before:]))
}

// duplicates adds what a module exports though one that is loaded now does, too.
func (w *diagnosing) duplicates(s *subject) {
	list, unchecked := w.d.liveDuplicates(s)
	for _, f := range list {
		w.add(f)
	}
	if unchecked != nil {
		w.result.addUnchecked(*unchecked)
	}
}

// uses reports that a module fails, or may fail, because of one that it uses.
func (w *diagnosing) uses(s, other *subject) {
	if severity := w.worst[other]; severity > w.worst[s] {
		w.add(dependencyFinding(s, other, severity))
		w.worst[s] = severity
	}
}

// dependencies reports which of the modules that modules.dep lists would or might
// fail to load.
func (w *diagnosing) dependencies(s *kmod.Step, subject *subject) {
	for _, at := range s.Needs {
		step := &w.plan.Steps[at]
		if step.Module.Path == "" {
			continue
		}
		other := w.d.stepSubject(step.Module)
		if severity := w.worst[other]; severity > SeverityNote && !slices.Contains(subject.uses, other) {
			w.add(dependencyFinding(subject, other, severity))
		}
	}
}

func wouldFail(list []Finding) bool { return worst(list) == SeverityWould }

func (w *diagnosing) add(f *Finding) {
	if f != nil {
		w.result.Findings = append(w.result.Findings, *f)
	}
}

// dependencyFinding reports that a module is no more likely to load than one that
// it needs.
func dependencyFinding(s, other *subject, severity Severity) *Finding {
	end := ", which would not load."
	if severity == SeverityMight {
		end = ", which might not load."
	}
	f := s.finding(FindingDependency, severity, plain.Name(s.name), " needs the module ", plain.Name(other.name), end)
	f.Provider = other.name
	return f
}

// skipFinding reports what a plan skips.
func skipFinding(s *kmod.Step) *Finding {
	f := &Finding{Severity: SeverityWould, Module: s.Module.Name, Path: s.Module.Path, Origin: s.Skip.Origin}
	name := plain.Name(s.Module.Name)
	if s.Skip.Kind == kmod.SkipBlacklisted {
		f.Kind = FindingBlacklisted
		f.Text = name + " is blacklisted" + by(f.Origin) + ", so nothing is loaded for it."
		f.Advice = "Take the line out, or load the module by its own name."
		return f
	}
	f.Kind = FindingMissing
	f.Text = "There is no module " + name + ", which an alias stands for."
	f.Advice = "Run depmod if the module was added or removed."
	return f
}

// commandFinding reports an install line.
func commandFinding(s *kmod.Step) *Finding {
	f := &Finding{Kind: FindingCommand, Severity: SeverityMight, Module: s.Module.Name, Path: s.Module.Path,
		Want: s.Command.Text, Origin: &s.Command.Origin}
	f.Text = "Instead of loading " + plain.Name(s.Module.Name) + ", the command " + plain.Quote(s.Command.Text) + " is run" + by(f.Origin) + "."
	f.Advice = "Take the line out, or have install commands ignored, if the module itself is wanted."
	return f
}

// by names the line of configuration that is the cause, in brackets.
func by(o *kmod.Origin) string {
	if o == nil {
		return ""
	}
	return " (" + o.String() + ")"
}
