package diagnose

import (
	"slices"

	"github.com/gokmod/gokmod/internal/kernfs"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// running is the release of the running kernel, "" if it is not known.
func (d *Diagnoser) running() string {
	if d.opts.Kernel == nil {
		return ""
	}
	release, _ := kernfs.Read(d.opts.Kernel.Proc(), "sys/kernel/osrelease")
	return release
}

// release is the release of the kernel that modules are diagnosed for.
func (d *Diagnoser) release() string {
	if d.opts.Kernel != nil {
		return d.running()
	}
	if d.db != nil {
		return d.db.Release()
	}
	return ""
}

// live reports whether a module is in the running kernel, by the name of its file
// or by its own.
func (d *Diagnoser) live(s *subject) bool {
	if d.opts.Kernel == nil {
		return false
	}
	if d.liveAs(s.name) {
		return true
	}
	d.read(s)
	return s.err == nil && s.kernelName() != s.name && d.liveAs(s.kernelName())
}

// liveAs reports whether a module is in the running kernel by exactly that name.
func (d *Diagnoser) liveAs(name string) bool {
	status, _ := live.StatusOf(d.opts.Kernel, name)
	return status == live.StatusLive
}

// liveProvider reports whether a module of the DB is in the running kernel.
func (d *Diagnoser) liveProvider(name string) bool {
	if d.opts.Kernel == nil {
		return false
	}
	status, _ := d.loader().Status(name)
	return status == kmod.StatusLive
}

// loader reads the state of the running kernel.
func (d *Diagnoser) loader() *kmod.Loader {
	return kmod.NewLoader(d.db, &kmod.LoaderConfig{Kernel: d.opts.Kernel})
}

// asked adds what the state of the kernel means for a requested module.
func (w *diagnosing) asked(s *kmod.Step) {
	w.configured(s)
	if s.Action == kmod.ActionBuiltin {
		f := stepFinding(s, FindingBuiltin, SeverityNote, " is built into the kernel; there is nothing to load.")
		if len(s.ParamSources) > 0 {
			f.Advice = "Its parameters can be given on the kernel command line."
		}
		w.add(f)
	} else if s.Module.Local {
		w.builtin(s)
	}
	kernel := w.d.opts.Kernel
	if kernel == nil || s.Action == kmod.ActionBuiltin {
		return
	}
	name := w.d.kernelName(s.Module)
	if w.d.liveAs(name) {
		as := ""
		if name != s.Module.Name {
			as = ", as " + plain.Name(name)
		}
		w.add(stepFinding(s, FindingLoaded, SeverityNote, " is in the kernel already"+as+"."))
	}
	w.admission(s, kernel)
}

// kernelName is the name that the kernel knows a module by, which may differ from
// that of its file.
func (d *Diagnoser) kernelName(m kmod.Module) string {
	if m.Path == "" {
		return m.Name
	}
	s := d.stepSubject(m)
	if d.read(s); s.err != nil {
		return m.Name
	}
	return s.kernelName()
}

// stepFinding starts a finding about the module of a step.
func stepFinding(s *kmod.Step, kind FindingKind, severity Severity, text string) *Finding {
	return &Finding{Kind: kind, Severity: severity, Module: s.Module.Name, Path: s.Module.Path, Text: plain.Name(s.Module.Name) + text}
}

// builtin warns about a file whose module is built into the kernel.
func (w *diagnosing) builtin(s *kmod.Step) {
	if w.d.db == nil || w.d.nameTaken(w.d.stepSubject(s.Module)) != nil {
		return
	}
	if yes, err := w.d.db.Builtin(s.Module.Name); err == nil && yes {
		w.add(stepFinding(s, FindingBuiltin, SeverityMight, " is built into the kernel, which takes no second module of that name."))
	}
}

// configured reports that a module requested by its own name is blacklisted, which
// does not keep it from being loaded.
func (w *diagnosing) configured(s *kmod.Step) {
	if w.d.db == nil {
		return
	}
	origin := w.d.db.Blacklisted(s.Module.Name)
	if origin == nil || s.Action == kmod.ActionSkip {
		return
	}
	f := stepFinding(s, FindingBlacklisted, SeverityNote, "")
	f.Origin = origin
	f.Text = plain.Name(s.Module.Name) + " is blacklisted" + by(f.Origin) + ": it is loaded by its own name, but not for a device."
	w.add(f)
}

// admission reports a kernel that takes no modules.
func (w *diagnosing) admission(s *kmod.Step, kernel live.Kernel) {
	w.add(disabled(s, kernel))
	if kernfs.NoModules(kernel.Proc()) {
		w.add(stepFinding(s, FindingDisabled, SeverityWould, " cannot be loaded: the kernel has no module support."))
	}
	if capable, known := kernfs.Capable(kernel.Proc()); known && !capable {
		w.add(incapable(s, SeverityNote))
	}
}

// disabled reports that the kernel takes no modules any more.
func disabled(s *kmod.Step, kernel live.Kernel) *Finding {
	if !kernfs.ModulesDisabled(kernel.Proc()) {
		return nil
	}
	f := stepFinding(s, FindingDisabled, SeverityWould,
		" cannot be loaded: the loading of modules is disabled until the next boot.")
	f.Advice = "Boot again without setting kernel.modules_disabled, or load the module before it is set."
	return f
}

// incapable reports that this process may not load modules. That matters only if it is
// this process that loads the module.
func incapable(s *kmod.Step, severity Severity) *Finding {
	f := stepFinding(s, FindingCapability, severity, " cannot be loaded by this process, which lacks CAP_SYS_MODULE.")
	f.Advice = "Load it as root."
	return f
}

// keptOut reports a module that the kernel itself always refuses, as its command
// line says.
func (d *Diagnoser) keptOut(s *subject) *Finding {
	if d.opts.Kernel == nil || !slices.Contains(kernfs.Blacklist(d.opts.Kernel.Proc()), s.kernelName()) {
		return nil
	}
	f := s.finding(FindingBlacklisted, SeverityWould, plain.Name(s.name),
		" is kept out by module_blacklist= on the kernel command line.")
	f.Origin = &kmod.Origin{File: "/proc/cmdline"}
	f.Advice = "Boot without it."
	return f
}
