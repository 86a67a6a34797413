package diagnose

import (
	"errors"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/kallsyms"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/internal/symtab"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
	"github.com/gokmod/gokmod/modinfo"
)

// linking is the search for the symbols that a module needs.
type linking struct {
	d          *Diagnoser
	s          *subject
	deps       []*subject
	depNames   []string        // including those whose files cannot be read
	hidden     map[string]bool // symbols that the running kernel's image does not export
	word       *kernelWord
	source     string                   // of what is known of the kernel's exports
	complete   bool                     // everything that the kernel image exports is known
	why        string                   // why it is not complete
	loaded     *foreignSymbols          // nil until needed
	unsure     int                      // symbols that the kernel image may or may not export
	unknown    int                      // symbols that nothing exports
	opaque     int                      // symbols whose versions, licenses or namespaces are not known
	unlicensed bool                     // some of them have no known license
	strangers  map[string]bool          // providers already reported
	exporters  map[string][]kmod.Module // by symbol, nil until needed
}

// newLinking collects what is known of the kernel's exports and of the modules that are
// loaded before.
func (d *Diagnoser) newLinking(s *subject) *linking {
	l := &linking{d: d, s: s, word: d.word(), why: "no running kernel to ask", strangers: map[string]bool{}}
	l.complete, l.source = l.word.exports != nil, l.word.source
	l.deps, l.depNames = d.dependenciesOf(s)
	if !l.complete && d.opts.Kernel != nil {
		l.askKernel()
	}
	return l
}

// checkSymbols looks for what is wrong with the symbols of a module.
func (d *Diagnoser) checkSymbols(s *subject) { d.newLinking(s).check() }

// check looks for what is wrong with the symbols, once.
func (l *linking) check() {
	s := l.s
	l.versions()
	for i := range s.needed {
		if n := &s.needed[i]; n.Name == moduleLayout {
			l.layout(n) // the kernel compares it first
		}
	}
	for i := range s.needed {
		n := &s.needed[i]
		if name := lookupName(n); name != moduleLayout && !symtab.Always(name) {
			l.link(n, name)
		}
	}
	l.duplicates()
	if l.unsure > 0 {
		what := "whether the kernel exports " + symbolCount(l.unsure) + " that " + plain.Name(s.name) + " needs"
		s.skip(FindingSymbol, what, l.whyUnsure())
	}
	if l.unknown > 0 {
		for _, other := range l.d.together.unread {
			s.skip(FindingFile, "what "+plain.Name(other.path)+" exports", openfile.Cause(moduleCause(other.err)).Error())
		}
	}
	if l.opaque > 0 {
		what := l.opaqueParts() + " of " + symbolCount(l.opaque) + " that " + plain.Name(s.name) + " needs of the kernel"
		s.skip(FindingVersion, what, l.word.without("there is no Module.symvers"))
	}
	slices.Sort(s.needs)
	s.needs = slices.Compact(s.needs)
}

// dependenciesOf returns the modules that modules.dep lists for a module and whose
// files can be read, and the names of all of them.
func (d *Diagnoser) dependenciesOf(s *subject) (deps []*subject, names []string) {
	if d.db == nil {
		return nil, nil
	}
	list, err := d.db.Dependencies(s.name)
	if err != nil {
		return nil, nil
	}
	for _, m := range list {
		dep := d.stepSubject(m)
		names = append(names, dep.name)
		if d.read(dep); dep.err == nil && dep != s {
			deps = append(deps, dep)
		}
	}
	return deps, names
}

// whyUnsure says why it is not known whether a symbol is there.
func (l *linking) whyUnsure() string {
	if l.complete {
		return "a module that is loaded is in no index, and " + kallsyms.ListsFunctions.Why()
	}
	image, kernel := l.word.why, l.why
	if l.d.stub || !isAbsence(image) { // "there is" does not go with what follows
		image, kernel = asClause(image), asClause(kernel)
	}
	none := "there is no Module.symvers or System.map, "
	if l.d.stub {
		none = "the Module.symvers or System.map that is at hand lists no symbols of the kernel, "
	}
	return none + image + ", and " + kernel
}

// isAbsence reports whether a reason is only the words for what does not exist.
func isAbsence(why string) bool { return strings.HasPrefix(why, "no ") }

// asClause makes a clause of a reason.
func asClause(why string) string {
	if isAbsence(why) {
		return "there is " + why
	}
	return why
}

// askKernel finds out which symbols the running kernel's image does not export.
func (l *linking) askKernel() {
	names := make([]string, 0, len(l.s.needed))
	for i := range l.s.needed {
		names = append(names, lookupName(&l.s.needed[i]))
	}
	hidden, lists, err := l.d.facts.image.Without(l.d.opts.Kernel.Proc(), names)
	if err != nil {
		l.why = "the kernel that runs has no /proc/kallsyms that can be read"
		return
	}
	l.source = sourceKallsyms
	l.complete, l.hidden = lists == kallsyms.ListsAll, make(map[string]bool, len(hidden))
	if !l.complete {
		l.why = lists.Why()
	}
	for _, name := range hidden {
		l.hidden[name] = true
	}
}

// link finds the provider of one symbol and compares the two.
func (l *linking) link(n *modinfo.Needed, name string) {
	p := l.provider(name)
	switch {
	case p != nil:
		l.compare(n, name, p)
	case n.Weak:
	case l.complete && l.foreign().whole:
		l.unknown++
		l.s.add(l.missing(name))
	default:
		l.unsure++
	}
}

// provider finds what exports a symbol: the kernel image, a module that is loaded
// before, one that is diagnosed together with this one, or any other.
func (l *linking) provider(name string) *provider {
	export, listed := l.word.lookup(name)
	if listed && export.Kernel() {
		return l.listedProvider(kernelImage, name, export, true)
	}
	for _, dep := range l.deps {
		if e, ok := dep.exports[name]; ok {
			return &provider{name: dep.name, export: e, subject: l.d.together.byName[dep.name], listed: true}
		}
	}
	if s := l.d.together.exports[name]; s != nil && s != l.s {
		return &provider{name: s.name, export: s.exports[name], subject: s, listed: true}
	}
	if l.hidden != nil && !l.hidden[name] {
		return l.d.runningImage(name)
	}
	if module := modname.FromPath(export.File); listed && !l.replaced(module) {
		return l.listedProvider(module, name, export, slices.Contains(l.depNames, module))
	}
	if p := l.elsewhere(name); p != nil {
		return p
	}
	if module := l.foreign().owners[name]; module != "" {
		return &provider{name: module, export: modinfo.Export{Name: name},
			noCRC: true, noLicense: true, noNamespace: true}
	}
	return nil
}

// listedProvider is the provider that a list of the kernel's build names.
func (l *linking) listedProvider(provides, symbol string, e symtab.Export, before bool) *provider {
	list := l.word.exports
	return &provider{name: provides, export: modinfoExport(symbol, e), listed: before, source: l.source,
		noCRC: !list.Versions, noLicense: !list.Licenses, noNamespace: !list.Namespaces}
}

// replaced reports whether Module.symvers tells of another file of a module than that
// which is diagnosed, or one that is diagnosed together with it.
func (l *linking) replaced(module string) bool {
	return module == l.s.name || l.d.together.byName[module] != nil
}

// foreign returns the symbols of modules that are loaded but in no index.
func (l *linking) foreign() *foreignSymbols {
	if l.loaded == nil {
		l.loaded = l.d.foreign()
	}
	return l.loaded
}

func modinfoExport(name string, e symtab.Export) modinfo.Export {
	return modinfo.Export{Name: name, CRC: e.CRC, HasCRC: true, GPLOnly: e.GPLOnly, Namespace: e.Namespace}
}

// elsewhere finds a module that exports a symbol although no index lists it as a
// dependency.
func (l *linking) elsewhere(name string) *provider {
	if l.d.db == nil {
		return nil
	}
	if l.exporters == nil {
		l.findExporters()
	}
	for _, m := range l.exporters[name] {
		if m.Path == "" || m.Name == l.s.name {
			continue
		}
		other := l.d.stepSubject(m)
		if l.d.read(other); other.err != nil {
			continue
		}
		if e, ok := other.exports[name]; ok {
			return &provider{name: other.name, export: e}
		}
	}
	return nil
}

// findExporters finds the modules that export what the module needs.
func (l *linking) findExporters() {
	names := make([]string, 0, len(l.s.needed))
	for i := range l.s.needed {
		names = append(names, lookupName(&l.s.needed[i]))
	}
	var err error
	if l.exporters, err = l.d.db.Exporters(names...); errors.Is(err, kmod.ErrBudget) {
		l.s.skip(FindingSymbol, "which other modules export what "+plain.Name(l.s.name)+" needs", err.Error())
	}
}

// compare checks version, license and namespace of a symbol against its provider.
func (l *linking) compare(n *modinfo.Needed, name string, p *provider) {
	s := l.s
	if p.name != kernelImage {
		s.needs = append(s.needs, p.name)
	}
	if p.subject != nil && p.subject != s && !slices.Contains(s.uses, p.subject) {
		s.uses = append(s.uses, p.subject)
	}
	if !p.listed {
		l.stranger(name, p)
	}
	if p.noNamespace && p.name == kernelImage { // then versions are not known either
		l.opaque++
		l.unlicensed = l.unlicensed || p.noLicense
	}
	if f := s.compareVersion(n, name, p); f != nil && l.d.opts.Flags&live.IgnoreModversions == 0 {
		s.add(f)
	}
	if !p.noLicense && p.export.GPLOnly && !s.free() && !n.Weak { // a weak symbol stays undefined
		s.add(s.licenseFinding(name, p))
	}
	if !p.noNamespace {
		if f := s.checkNamespace(name, p); f != nil {
			s.add(f)
		}
	}
}

// stranger reports a module that has to be loaded before, though no index lists it
// as a dependency. Without indexes that means nothing. Whether the module has been
// loaded meanwhile is asked later, each time.
func (l *linking) stranger(name string, p *provider) {
	db := l.d.db
	if db == nil || l.strangers[p.name] {
		return
	}
	l.strangers[p.name] = true
	_, err := db.Dependencies(l.s.name)
	if unread(err) || l.d.opts.Kernel == nil && errors.Is(err, kmod.ErrNotFound) {
		return
	}
	end := ", which no index lists as its dependency."
	if l.d.opts.Kernel != nil {
		end = ", which no index lists as its dependency, and which is not loaded."
	}
	f := l.s.finding(FindingDependency, SeverityMight, plain.Name(l.s.name), " needs the symbol ", plain.Name(name), " of the module ", plain.Name(p.name), end)
	f.Symbol, f.Provider = name, p.name
	f.Advice = "Run depmod, or load " + plain.Name(p.name) + " before."
	l.s.add(f)
}

// versions reports a module that lacks versions although the kernel has them, and
// one whose versions cannot be read.
func (l *linking) versions() {
	s := l.s
	if len(s.needed) == 0 || s.versioned() || l.d.opts.Flags&live.IgnoreModversions != 0 {
		return
	}
	if s.damaged != nil {
		what := "the versions of the symbols that " + plain.Name(s.name) + " needs"
		s.skip(FindingVersion, what, moduleCause(s.damaged).Error())
		return
	}
	if _, _, known := l.d.layout(s.name); !known {
		return
	}
	s.add(s.finding(FindingVersion, SeverityMight, plain.Name(s.name),
		" has no versions of symbols, unlike the kernel; kernels that allow modules to be forced take it, others do not."))
}

// layout compares the version of module_layout, the symbol that stands for the
// kernel's own data structures, which every module has.
func (l *linking) layout(n *modinfo.Needed) {
	if !n.HasCRC || l.d.opts.Flags&live.IgnoreModversions != 0 {
		return
	}
	want, source, known := l.d.layout(l.s.name)
	switch {
	case !known && (l.word.exports == nil || !l.word.exports.Namespaces):
		l.opaque++
	case !known: // the kernel has no versions
	case want != n.CRC:
		l.s.add(l.s.layoutFinding(want, n.CRC, source))
	}
}

// layout returns the kernel's version of module_layout, and where that is from. Other
// modules tell it at less cost than the kernel's image.
func (d *Diagnoser) layout(except string) (version uint32, source string, known bool) {
	if version, known = d.given.layout(); known {
		return version, d.given.source, true
	}
	if p, _ := d.peer(except); p.hasLayout {
		return p.layout, p.path, true
	}
	word := d.word()
	version, known = word.layout()
	return version, word.source, known
}

// duplicates reports symbols that both the module and the kernel image export.
func (l *linking) duplicates() {
	if l.word.exports == nil {
		l.d.runningDuplicates(l.s)
		return
	}
	var names []string
	for name := range l.s.exports {
		if e, ok := l.word.lookup(name); ok && e.Kernel() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		l.s.add(l.s.duplicateFinding(name, kernelImage, l.source))
	}
}
