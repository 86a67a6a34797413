package kallsyms

import (
	"bytes"
	"hash/maphash"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Image holds the hashes of the symbols that the kernel image exports, in
// ascending order. They stay the same until the next boot, and listing them
// costs the kernel more than loading a module, so that is done once, when first
// needed; an empty list is not kept.
type Image struct {
	mu      sync.Mutex
	known   bool
	lists   Listing
	seed    maphash.Seed
	hashes  []uint64
	entries bool     // the list has the entries of the exports
	gpl     []uint64 // of those for modules under the GPL only; nil if that is not known
}

// Without returns the names that the list does not show as exports of the
// kernel image, and how much the list has.
func (s *Image) Without(proc fs.FS, names []string) ([]string, Listing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(proc); err != nil {
		return nil, ListsNothing, err
	}
	var others []string
	for _, name := range names {
		if !s.has(s.hashes, name) {
			others = append(others, name)
		}
	}
	return others, s.lists, nil
}

// Certain returns the names that the kernel image exports beyond doubt. known is false
// if the list does not tell exports from other symbols.
func (s *Image) Certain(proc fs.FS, names []string) (exported []string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load(proc) != nil || !s.entries {
		return nil, false
	}
	for _, name := range names {
		if s.has(s.hashes, name) {
			exported = append(exported, name)
		}
	}
	return exported, true
}

// GPLOnly reports whether a symbol that the kernel image exports is for modules under
// the GPL only. known is false if the list does not tell, as when it hides addresses, or
// in a kernel that has all exports in one table.
func (s *Image) GPLOnly(proc fs.FS, name string) (only, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load(proc) != nil || s.gpl == nil || !s.has(s.hashes, name) {
		return false, false
	}
	return s.has(s.gpl, name), true
}

// load reads the list if that has not been done.
func (s *Image) load(proc fs.FS) error {
	if s.known {
		return nil
	}
	return s.read(proc)
}

// has looks for a name in a sorted list.
func (s *Image) has(hashes []uint64, name string) bool {
	_, ok := slices.BinarySearch(hashes, maphash.String(s.seed, name))
	return ok
}

// read lists the symbols. In most kernels, the kernel image's exports have lines
// with __ksymtab_NAME; in others any symbol may be exported. These entries are
// data, as are variables, which are a third of a whole list: without either, the list
// has only functions, and the few other symbols that lie among them, such as
// __init_begin on i386.
func (s *Image) read(proc fs.FS) error {
	const fewest = 16 // one variable in so many lines
	s.seed, s.lists = maphash.MakeSeed(), ListsNothing
	var exported table
	var all []uint64
	variables := 0
	err := Each(proc, func(y Symbol) bool {
		if len(y.Module) > 0 {
			return false
		}
		s.lists = max(s.lists, ListsFunctions)
		if name, ok := bytes.CutPrefix(y.Name, []byte(Ksymtab)); ok {
			s.lists = ListsAll
			exported.add(maphash.Bytes(s.seed, name), y.Address)
		} else if exported.entries == nil {
			all = append(all, maphash.Bytes(s.seed, y.Name))
		}
		exported.bound(y)
		if strings.IndexByte("dDbB", y.Kind) >= 0 {
			variables++
		}
		return true
	})
	if err != nil {
		return err
	}
	if s.entries = exported.entries != nil; s.entries {
		all = exported.hashes()
		s.gpl = exported.gplOnly()
	} else if variables*fewest > len(all) {
		s.lists = ListsAll
	}
	slices.Sort(all)
	s.hashes, s.known = slices.Clip(all), s.lists != ListsNothing
	return nil
}

// table is the entries of the exports, with the bounds of the part of them that is for
// modules under the GPL only.
type table struct {
	entries     []entry
	start, stop uint64
}

type entry struct{ hash, address uint64 }

func (t *table) add(hash uint64, address []byte) {
	t.entries = append(t.entries, entry{hash, addressOf(address)})
}

// bound takes in a symbol if that is one of the bounds.
func (t *table) bound(y Symbol) {
	switch string(y.Name) {
	case "__start___ksymtab_gpl":
		t.start = addressOf(y.Address)
	case "__stop___ksymtab_gpl":
		t.stop = addressOf(y.Address)
	}
}

// addressOf is the number in a listed address, 0 if it is not one; users who may not see
// addresses see zeros.
func addressOf(address []byte) uint64 {
	n, err := strconv.ParseUint(string(address), 16, 64)
	if err != nil {
		return 0
	}
	return n
}

func (t *table) hashes() []uint64 {
	list := make([]uint64, len(t.entries))
	for i, e := range t.entries {
		list[i] = e.hash
	}
	return list
}

// gplOnly returns the hashes of the entries between the bounds, sorted; nil if the bounds
// or the addresses are not known, and never nil otherwise.
func (t *table) gplOnly() []uint64 {
	if t.start >= t.stop {
		return nil
	}
	list := []uint64{}
	for _, e := range t.entries {
		if e.address == 0 {
			return nil
		}
		if t.start <= e.address && e.address < t.stop {
			list = append(list, e.hash)
		}
	}
	slices.Sort(list)
	return slices.Clip(list)
}
