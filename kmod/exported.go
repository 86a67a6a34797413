package kmod

import (
	"bufio"
	"bytes"
	"hash/maphash"
	"io/fs"
	"slices"
	"sync"
)

// unexported returns those of the symbols that nothing in the kernel exports
// now.
func (l *Loader) unexported(needed []string) ([]string, error) {
	missing, err := l.imageSymbols.without(l.kernel.Proc(), needed)
	if err != nil {
		return nil, err
	}
	names := l.liveNames()
	missing = slices.DeleteFunc(missing, func(symbol string) bool { return l.liveExporter(names, symbol) })
	if len(missing) == 0 {
		return nil, nil
	}
	// Perhaps a module that no index knows exports them.
	found := map[string]bool{}
	err = eachSymbol(l.kernel.Proc(), func(name []byte, ofModule bool) bool {
		if ofModule {
			found[string(name)] = true
		}
		return true
	})
	return slices.DeleteFunc(missing, func(name string) bool { return found[name] }), err
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
		return status == StatusLive
	})
}

// imageSymbols are the hashes of the symbols that the kernel image exports, in
// ascending order. They stay the same until the next boot, and to list them
// costs the kernel more than to load a module, so that is done once, when it is
// first needed.
type imageSymbols struct {
	mu     sync.Mutex
	seed   maphash.Seed
	hashes []uint64
}

// without returns those of the names that the kernel image does not export.
func (s *imageSymbols) without(proc fs.FS, names []string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hashes == nil {
		if err := s.read(proc); err != nil {
			return nil, err
		}
	}
	var others []string
	for _, name := range names {
		if _, ok := slices.BinarySearch(s.hashes, maphash.String(s.seed, name)); !ok {
			others = append(others, name)
		}
	}
	return others, nil
}

// read lists the symbols. For what the kernel image exports there are lines of
// __ksymtab_NAME, in most kernels; in others any symbol may be exported.
func (s *imageSymbols) read(proc fs.FS) error {
	s.seed = maphash.MakeSeed()
	var exported, all []uint64
	err := eachSymbol(proc, func(name []byte, ofModule bool) bool {
		if table, ok := bytes.CutPrefix(name, []byte("__ksymtab_")); ok {
			exported = append(exported, maphash.Bytes(s.seed, table))
		} else if exported == nil {
			all = append(all, maphash.Bytes(s.seed, name))
		}
		return !ofModule
	})
	if err != nil {
		return err
	}
	if exported == nil {
		exported = all
	}
	slices.Sort(exported)
	s.hashes = slices.Clip(exported)
	return nil
}

// eachSymbol goes through /proc/kallsyms until yield returns false. Its lines
// are "ADDRESS TYPE NAME", and a tab and "[MODULE]" for a symbol of a module;
// those come after all of the kernel image. Names are shown to everyone.
func eachSymbol(proc fs.FS, yield func(name []byte, ofModule bool) bool) error {
	f, err := proc.Open("kallsyms")
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		_, rest, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		_, name, ok := bytes.Cut(rest, []byte(" "))
		if !ok {
			continue
		}
		name, module, _ := bytes.Cut(name, []byte("\t"))
		if !yield(name, len(module) > 0) {
			break
		}
	}
	return lines.Err()
}
