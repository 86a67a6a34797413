package ksymtab

import (
	"cmp"
	"slices"

	"github.com/gokmod/gokmod/internal/kernelimage"
)

// Bounds for the search in an image without sections.
const (
	// fewest records are taken for a table. A kernel exports thousands.
	fewest = 16

	// window bounds how far the names of two neighboring records lie apart, in bytes:
	// those of a large kernel have half a megabyte together. No kernel lies as low in
	// memory.
	window = 8 << 20

	// mostTries bounds how many sequences of what may be records are examined.
	mostTries = 16

	// workFactor bounds the bytes that are looked at in a search for records of all
	// forms, as a multiple of the image. Kernels need 1.3 times their size for a form.
	workFactor = 24

	// lookup is what looking for a string costs, in bytes.
	lookup = 32
)

// stretch is a sequence of what may be records, by offsets into a part of memory.
type stretch struct {
	from, to int
	names    int // how many neighbors have different names
}

// finder looks for sequences of records of one form in a part of memory.
type finder struct {
	mem      *kernelimage.Memory
	part     kernelimage.Part
	form     form
	size     int  // of a record
	unplaced bool // the records are pointers, and the address of the image is not known
	work     *work
}

// work is how many bytes may still be looked at. It goes below 0 once.
type work struct{ left int64 }

func newWork(m *kernelimage.Memory) *work { return &work{workFactor * int64(m.Size())} }

// spend reports whether n more bytes may be looked at.
func (w *work) spend(n int) bool {
	w.left -= int64(n)
	return w.left >= 0
}

func newFinder(m *kernelimage.Memory, p kernelimage.Part, f form, w *work) *finder {
	return &finder{mem: m, part: p, form: f, size: f.size(m), unplaced: !f.relative && m.Linked == nil, work: w}
}

// longest returns the longest sequences, the longest first. Of a sequence of at least
// fewest records it is enough to look at some.
func (s *finder) longest() []stretch {
	var list longest
	covered := make([]int, s.size) // up to where, by the offset of a record modulo its size
	for at := 0; at+s.size <= len(s.part.Data) && s.work.left > 0; at += fewest / 2 * s.size {
		for phase := 0; phase < s.size; phase += s.form.field(s.mem) {
			if at+phase < covered[phase] {
				continue
			}
			found := s.around(at + phase)
			covered[phase] = found.to
			if found.names >= fewest-1 {
				list.add(found)
			}
		}
	}
	return list
}

// longest are at most mostTries sequences, the longest first.
type longest []stretch

func (l *longest) add(found stretch) {
	at, _ := slices.BinarySearchFunc(*l, found, func(a, b stretch) int {
		return cmp.Or(cmp.Compare(b.names, a.names), -1) // behind those of the same length
	})
	if at < mostTries {
		*l = slices.Insert((*l)[:min(len(*l), mostTries-1)], at, found)
	}
}

// around extends a sequence in both directions from the record at an offset.
func (s *finder) around(at int) stretch {
	found := stretch{from: at, to: at + s.size}
	for {
		follows, other := s.follows(found.to - s.size)
		if !follows {
			break
		}
		found.to += s.size
		found.names += other
	}
	for found.to > at+s.size && found.from >= s.size {
		follows, other := s.follows(found.from - s.size)
		if !follows {
			break
		}
		found.from -= s.size
		found.names += other
	}
	return found
}

// follows reports whether there may be a record at an offset, and one behind it, and
// counts whether that has another name. Some kernels have a record twice.
func (s *finder) follows(at int) (ok bool, other int) {
	if at+2*s.size > len(s.part.Data) || !s.work.spend(2*s.size) {
		return false, 0
	}
	a, b := s.part.Data[at:][:s.size], s.part.Data[at+s.size:][:s.size]
	addr := s.part.Addr + uint64(at)
	first, second := s.form.name(s.mem, a, addr), s.form.name(s.mem, b, addr+uint64(s.size))
	if first == 0 || second == 0 || !near(first, second) {
		return false, 0
	}
	if ns := s.form.namespace(s.mem, a, addr); ns != 0 && !near(ns, first) {
		return false, 0
	}
	if first != second {
		other = 1
	}
	if s.unplaced {
		return first >= window && second >= window, other
	}
	return s.isSymbol(first) && s.isSymbol(second), other
}

// near reports whether addresses can be those of strings of the same table.
func near(a, b uint64) bool { return a-b+window <= 2*window }

// isSymbol reports whether there is a name at an address.
func (s *finder) isSymbol(addr uint64) bool {
	name := s.mem.String(addr, maxName)
	return s.work.spend(lookup+len(name)) && isSymbol(name)
}
