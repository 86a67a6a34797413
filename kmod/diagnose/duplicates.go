package diagnose

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/gokmod/gokmod/internal/kallsyms"
	"github.com/gokmod/gokmod/internal/plain"
	"github.com/gokmod/gokmod/kmod/live"
)

// duplicateFinding reports a symbol that the module exports, and something in the kernel
// as well.
func (s *subject) duplicateFinding(symbol, owner, source string) *Finding {
	end := ", which the kernel exports itself."
	advice := "The kernel most likely has the module's code built in."
	if owner != kernelImage {
		end = ", which the module " + plain.Name(owner) + " exports, and that is loaded."
		advice = "Unload " + plain.Name(owner) + " before, if it is another version of this module."
	}
	f := s.finding(FindingDuplicate, SeverityWould, plain.Name(s.name), " exports the symbol ", plain.Name(symbol), end)
	f.Symbol, f.Provider, f.Source, f.Advice = symbol, owner, source, advice
	return f
}

// runningDuplicates reports symbols that both the module and the image of the running
// kernel export, as far as that lists its exports.
func (d *Diagnoser) runningDuplicates(s *subject) {
	if d.opts.Kernel == nil || len(s.exports) == 0 {
		return
	}
	names, known := d.facts.image.Certain(d.opts.Kernel.Proc(), slices.Sorted(maps.Keys(s.exports)))
	if !known {
		s.skip(FindingDuplicate, s.exported("whether the kernel exports"),
			"the kernel that runs does not list its exports in /proc/kallsyms")
	}
	for _, name := range names {
		s.add(s.duplicateFinding(name, kernelImage, sourceKallsyms))
	}
}

// exported completes a question about the symbols that a module exports.
func (s *subject) exported(question string) string {
	if len(s.exports) == 1 {
		return question + " the symbol that " + plain.Name(s.name) + " exports"
	}
	return fmt.Sprintf("%s one of the %d symbols that %s exports", question, len(s.exports), plain.Name(s.name))
}

// liveDuplicates reports symbols that both the module and one that is loaded export.
func (d *Diagnoser) liveDuplicates(s *subject) (list []*Finding, unchecked *Unchecked) {
	if d.opts.Kernel == nil || len(s.exports) == 0 || d.liveAs(s.kernelName()) {
		return nil, nil
	}
	exports := d.liveExports()
	for _, name := range slices.Sorted(maps.Keys(s.exports)) {
		if owner := exports.owners[name]; owner != "" {
			list = append(list, s.duplicateFinding(name, owner, sourceKallsyms))
		}
	}
	if exports.why == "" {
		return list, nil
	}
	return list, &Unchecked{FindingDuplicate, s.exported("whether a module that is loaded exports"), exports.why}
}

// liveExports are the symbols that the modules in the running kernel export.
type liveExports struct {
	modules []string          // that are loaded, in alphabetic order
	owners  map[string]string // by symbol
	why     string            // why some may be missing, "" if none is
}

// liveExportsCache keeps the symbols for as long as the same modules are loaded.
type liveExportsCache struct {
	mu   sync.Mutex
	last *liveExports
}

// liveExports reads the symbols of all modules that are loaded. Without any it reads only
// the list of modules.
func (d *Diagnoser) liveExports() *liveExports {
	e := &liveExports{owners: map[string]string{}}
	for m, err := range live.Loaded(d.opts.Kernel) {
		if err != nil {
			e.why = "the list of modules that are loaded cannot be read"
			return e
		}
		e.modules = append(e.modules, m.Name)
	}
	slices.Sort(e.modules)
	d.liveExportsCache.mu.Lock()
	defer d.liveExportsCache.mu.Unlock()
	if last := d.liveExportsCache.last; last != nil && slices.Equal(last.modules, e.modules) {
		return last
	}
	if len(e.modules) > 0 {
		e.read(d)
	}
	d.liveExportsCache.last = e
	return e
}

// read takes the symbols from the entries __ksymtab_NAME of the modules.
func (e *liveExports) read(d *Diagnoser) {
	proc := d.opts.Kernel.Proc()
	_, lists, err := d.facts.image.Without(proc, nil)
	if err == nil {
		err = kallsyms.Each(proc, func(y kallsyms.Symbol) bool {
			name, ok := bytes.CutPrefix(y.Name, []byte(kallsyms.Ksymtab))
			if _, found := slices.BinarySearch(e.modules, y.Module); ok && found {
				e.owners[string(name)] = y.Module
			}
			return true
		})
	}
	switch {
	case err != nil:
		e.why = "the kernel that runs has no /proc/kallsyms that can be read"
	case lists != kallsyms.ListsAll:
		e.why = lists.Why()
	}
}
