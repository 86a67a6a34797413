// Package kallsyms reads /proc/kallsyms, the list of symbols of the running kernel.
package kallsyms

import (
	"bufio"
	"bytes"
	"hash/maphash"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// Listing is how much /proc/kallsyms lists. That a name is missing means
// something only if all are listed.
type Listing uint8

const (
	ListsNothing   Listing = iota // it is empty, as when it is hidden from a container
	ListsFunctions                // the kernel is built without KALLSYMS_ALL
	ListsAll
)

// Why completes the sentence that something is not known.
func (l Listing) Why() string {
	if l == ListsNothing {
		return "the kernel that runs lists no symbols in /proc/kallsyms"
	}
	return "the kernel that runs lists only functions in /proc/kallsyms"
}

// Ksymtab begins the names of the entries that stand for exported symbols.
const Ksymtab = "__ksymtab_"

// Image holds the hashes of the symbols that the kernel image exports, in
// ascending order. They stay the same until the next boot, and listing them
// costs the kernel more than loading a module, so that is done once, when first
// needed; an empty list is not kept.
type Image struct {
	mu     sync.Mutex
	known  bool
	lists  Listing
	seed   maphash.Seed
	hashes []uint64
}

// Without returns the names that the list does not show as exports of the
// kernel image, and how much the list has.
func (s *Image) Without(proc fs.FS, names []string) ([]string, Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		if err := s.read(proc); err != nil {
			return nil, ListsNothing, err
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

// read lists the symbols. In most kernels, the kernel image's exports have lines
// with __ksymtab_NAME; in others any symbol may be exported. These entries are
// data, as are variables, which are a third of a whole list: without either, the list
// has only functions, and the few other symbols that lie among them, such as
// __init_begin on i386. Addresses are not used; they are zero for users who may not
// see them.
func (s *Image) read(proc fs.FS) error {
	const fewest = 16 // one variable in so many lines
	s.seed, s.lists = maphash.MakeSeed(), ListsNothing
	var exported, all []uint64
	variables := 0
	err := Each(proc, func(y Symbol) bool {
		if len(y.Module) > 0 {
			return false
		}
		s.lists = max(s.lists, ListsFunctions)
		if name, ok := bytes.CutPrefix(y.Name, []byte(Ksymtab)); ok {
			s.lists = ListsAll
			exported = append(exported, maphash.Bytes(s.seed, name))
		} else if exported == nil {
			all = append(all, maphash.Bytes(s.seed, y.Name))
		}
		if strings.IndexByte("dDbB", y.Kind) >= 0 {
			variables++
		}
		return true
	})
	if err != nil {
		return err
	}
	if exported == nil && variables*fewest > len(all) {
		s.lists = ListsAll
	}
	if exported == nil {
		exported = all
	}
	slices.Sort(exported)
	s.hashes, s.known = slices.Clip(exported), s.lists != ListsNothing
	return nil
}

// Symbol is a line of /proc/kallsyms.
type Symbol struct {
	Kind   byte // as in nm(1)
	Name   []byte
	Module string // the symbol's module, "" for the kernel image
}

// Each calls yield for each line of /proc/kallsyms until it returns false. The
// lines are "ADDRESS TYPE NAME", followed by a tab and "[MODULE]" for a symbol
// of a module; those come after all of the kernel image. Names are visible to
// everyone.
func Each(proc fs.FS, yield func(y Symbol) bool) error {
	f, err := proc.Open("kallsyms")
	if err != nil {
		return err
	}
	defer f.Close()
	var y Symbol
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		_, rest, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		kind, name, ok := bytes.Cut(rest, []byte(" "))
		if !ok || len(kind) != 1 {
			continue
		}
		name, module, _ := bytes.Cut(name, []byte("\t"))
		y.Kind, y.Name = kind[0], name
		if module = bytes.Trim(module, "[]"); string(module) != y.Module {
			y.Module = string(module)
		}
		if !yield(y) {
			break
		}
	}
	return lines.Err()
}
