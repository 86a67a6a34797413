package kmod

import (
	"slices"

	"github.com/gokmod/gokmod/internal/kallsyms"
	"github.com/gokmod/gokmod/kmod/live"
)

// unexported returns the symbols that nothing in the kernel exports now, and those
// for which that is not known.
func (l *Loader) unexported(needed []string) (missing, unsure []string, err error) {
	proc := l.kernel.Proc()
	others, lists, err := l.image.Without(proc, needed)
	if err != nil {
		return nil, nil, err
	}
	names := l.liveNames()
	others = slices.DeleteFunc(others, func(symbol string) bool { return l.liveExporter(names, symbol) })
	if len(others) == 0 {
		return nil, nil, nil
	}
	// Perhaps a module that no index knows exports them.
	found := make(map[string]bool, len(others))
	for _, name := range others {
		found[name] = false
	}
	err = kallsyms.Each(proc, func(y kallsyms.Symbol) bool {
		if _, wanted := found[string(y.Name)]; wanted && y.Module != "" {
			found[string(y.Name)] = true
		}
		return true
	})
	others = slices.DeleteFunc(others, func(name string) bool { return found[name] })
	if lists != kallsyms.ListsAll {
		return nil, others, err
	}
	return others, nil, err
}

// liveExporter reports whether a module that exports the symbol, as the index
// says, is live.
func (l *Loader) liveExporter(names *liveNames, symbol string) bool {
	if l.db == nil {
		return false
	}
	found, err := (&resolver{db: l.db}).matches(&l.db.symbols, symbolPrefix+symbol)
	return err == nil && slices.ContainsFunc(found, func(m Module) bool {
		status, _, _ := names.status(m)
		return status == live.StatusLive
	})
}
