package diagnose

import (
	"errors"
	"slices"

	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// missing reports a symbol that nothing exports, or only a module whose file is gone.
func (l *linking) missing(symbol string) *Finding {
	for _, m := range l.exporters[symbol] {
		if m.Path == "" || m.Name == l.s.name || l.d.stepSubject(m).err == nil {
			continue
		}
		f := l.s.finding(FindingSymbol, SeverityWould, plain.Name(l.s.name), " needs the symbol ", plain.Name(symbol),
			", which the indexes list for the module ", plain.Name(m.Name), ", whose file cannot be used.")
		f.Symbol, f.Provider, f.Source = symbol, m.Name, l.source
		f.Advice = "Install the module " + plain.Name(m.Name) + ", or run depmod if it was removed on purpose."
		return f
	}
	f := l.s.unknownSymbol(symbol, l.source)
	if l.d.opts.Kernel == nil && l.source != sourceSymvers && l.lacksModules() {
		l.perhaps(f)
	}
	return f
}

// lacksModules reports whether the kernel's modules are not at hand.
func (l *linking) lacksModules() bool {
	if l.d.db == nil {
		return true
	}
	_, err := l.d.db.Dependencies(l.s.name)
	return unread(err)
}

// unread reports whether an error means that there are no indexes that can be read.
func unread(err error) bool {
	return errors.Is(err, kmod.ErrNoModuleDir) || errors.Is(err, kmod.ErrNoIndexes) || errors.Is(err, kmod.ErrCorrupt)
}

// perhaps changes a finding about a symbol that nothing at hand exports: one of the
// kernel's modules may, if the module says that it depends on some that are not at hand.
func (l *linking) perhaps(f *Finding) {
	needs := plain.Name(l.s.name) + " needs the symbol " + plain.Name(f.Symbol)
	var absent []string
	for _, name := range l.s.info.Depends() {
		if name = modname.Normalize(name); l.d.together.byName[name] == nil {
			absent = append(absent, name)
		}
	}
	if absent == nil {
		f.Text = needs + ", which neither the kernel nor a module at hand exports."
		return
	}
	f.Severity = SeverityMight
	f.Text = needs + ", which the kernel does not export; modules that it depends on are not at hand: " +
		plain.Names(absent, ", ") + "."
	f.Advice = "Check it together with these modules, or with the kernel's module directory."
}

// holder is what has a symbol that the kernel names, as far as that is known.
func (l *linking) holder(symbol string) *provider {
	same := func(n modinfo.Needed) bool { return lookupName(&n) == symbol }
	if p := l.provider(symbol); p != nil && slices.ContainsFunc(l.s.needed, same) {
		return p
	}
	return &provider{}
}

// unloaded finds the module that has a symbol and is not loaded, nil if there is none.
func (l *linking) unloaded(symbol string) *provider {
	p := l.provider(symbol)
	if p == nil || p.name == kernelImage || l.d.liveProvider(p.name) {
		return nil
	}
	return p
}

// notLoaded reports a symbol of a module that is not loaded.
func (s *subject) notLoaded(symbol string, p *provider) *Finding {
	f := s.finding(FindingDependency, SeverityWould, plain.Name(s.name), " needs the symbol ", plain.Name(symbol),
		" of ", p.shown(), ", which is not loaded.")
	f.Symbol, f.Provider = symbol, p.name
	f.Advice = "Load " + plain.Name(p.name) + " before."
	return f
}

// nameTaken reports a module that has the name of one that is built into the running
// kernel and visible in /sys/module.
func (d *Diagnoser) nameTaken(s *subject) *Finding {
	if d.opts.Kernel == nil || s.err != nil {
		return nil
	}
	name := s.kernelName()
	if status, _ := live.StatusOf(d.opts.Kernel, name); status != live.StatusBuiltin {
		return nil
	}
	f := s.finding(FindingBuiltin, SeverityWould, plain.Name(s.name),
		" cannot be loaded: a part of the kernel has the name ", plain.Name(name), ".")
	f.Advice = "Do without the module, or build it with another name."
	return f
}
