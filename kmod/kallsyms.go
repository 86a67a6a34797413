package kmod

import (
	"bufio"
	"bytes"
	"hash/maphash"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// listing is how much /proc/kallsyms tells. A name that is not listed says
// something only where all are.
type listing uint8

const (
	listsNothing   listing = iota // it is empty, as where it is kept from a container
	listsFunctions                // the kernel is built without KALLSYMS_ALL
	listsAll
)

// why completes the sentence that something is not known.
func (l listing) why() string {
	if l == listsNothing {
		return "the kernel that runs lists no symbols in /proc/kallsyms"
	}
	return "the kernel that runs lists only functions in /proc/kallsyms"
}

// ksymtab begins the names of the entries that stand for exported symbols.
const ksymtab = "__ksymtab_"

// imageSymbols are the hashes of the symbols that the kernel image exports, in
// ascending order. They stay the same until the next boot, and to list them
// costs the kernel more than to load a module, so that is done once, when it is
// first needed; an empty list does not count.
type imageSymbols struct {
	mu     sync.Mutex
	known  bool
	lists  listing
	seed   maphash.Seed
	hashes []uint64
}

// without returns those of the names of which the list does not say that the
// kernel image exports them, and how much the list tells.
func (s *imageSymbols) without(proc fs.FS, names []string) ([]string, listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		if err := s.read(proc); err != nil {
			return nil, listsNothing, err
		}
	}
	var others []string
	for _, name := range names {
		if _, ok := slices.BinarySearch(s.hashes, maphash.String(s.seed, name)); !ok {
			others = append(others, name)
		}
	}
	return others, s.lists, nil
}

// read lists the symbols. For what the kernel image exports there are lines of
// __ksymtab_NAME, in most kernels; in others any symbol may be exported. These
// entries are data, as are variables: without either, the list has functions only.
// Addresses do not matter, which are zero for those who may not see them.
func (s *imageSymbols) read(proc fs.FS) error {
	s.seed, s.lists = maphash.MakeSeed(), listsNothing
	var exported, all []uint64
	err := eachSymbol(proc, func(y symbolLine) bool {
		if len(y.module) > 0 {
			return false
		}
		s.lists = max(s.lists, listsFunctions)
		if name, ok := bytes.CutPrefix(y.name, []byte(ksymtab)); ok {
			s.lists = listsAll
			exported = append(exported, maphash.Bytes(s.seed, name))
		} else if exported == nil {
			all = append(all, maphash.Bytes(s.seed, y.name))
		}
		if strings.IndexByte("dDbB", y.kind) >= 0 {
			s.lists = listsAll
		}
		return true
	})
	if err != nil {
		return err
	}
	if exported == nil {
		exported = all
	}
	slices.Sort(exported)
	s.hashes, s.known = slices.Clip(exported), s.lists != listsNothing
	return nil
}

// symbolLine is a line of /proc/kallsyms.
type symbolLine struct {
	kind   byte // as nm(1) names it
	name   []byte
	module string // that it is a symbol of, "" for the kernel image
}

// eachSymbol goes through /proc/kallsyms until yield returns false. Its lines
// are "ADDRESS TYPE NAME", and a tab and "[MODULE]" for a symbol of a module;
// those come after all of the kernel image. Names are shown to everyone.
func eachSymbol(proc fs.FS, yield func(y symbolLine) bool) error {
	f, err := proc.Open("kallsyms")
	if err != nil {
		return err
	}
	defer f.Close()
	var y symbolLine
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		_, rest, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		kind, name, ok := bytes.Cut(rest, []byte(" "))
		if !ok || len(kind) != 1 {
			continue
		}
		name, module, _ := bytes.Cut(name, []byte("\t"))
		y.kind, y.name = kind[0], name
		if module = bytes.Trim(module, "[]"); string(module) != y.module {
			y.module = string(module)
		}
		if !yield(y) {
			break
		}
	}
	return lines.Err()
}
