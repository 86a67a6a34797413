package ksymtab

// Which addresses an image can have, and how many of its records are looked at to find
// its own.
const (
	pageSize = 4096
	samples  = 64
	hopeless = 8 // more failures than half of them, and the rest is not looked at
)

// base finds the address of an image in whose memory there are records of pointers: the
// first one at which the names are where the records say. One in the middle is that of a
// record, if any is: what lies before or behind the records may look like them.
func (s *finder) base(found stretch) (base uint64, ok bool) {
	names := s.sample(found)
	middle := names[len(names)/2]
	for off := middle % pageSize; off < uint64(len(s.part.Data)); off += pageSize {
		if base = middle - off; s.leadToNames(names, base) {
			return base, true
		}
	}
	return 0, false
}

// sample returns the names of records all over a sequence.
func (s *finder) sample(found stretch) []uint64 {
	step := max(1, (found.to-found.from)/s.size/samples) * s.size
	var names []uint64
	for at := found.from; at < found.to; at += step {
		names = append(names, s.form.name(s.mem, s.part.Data[at:][:s.size], 0))
	}
	return names
}

// leadToNames reports whether most addresses lead to the beginnings of strings that are
// names, if the image lies at an address. Linkers may let a name be the end of another.
func (s *finder) leadToNames(names []uint64, base uint64) bool {
	failed := 0
	for i, addr := range names {
		off := addr - base
		if !s.work.spend(s.size) {
			return false
		}
		if off == 0 || off >= uint64(len(s.part.Data)) || s.part.Data[off-1] != 0 || !s.isSymbol(s.part.Addr+off) {
			if failed++; failed > hopeless+i/2 {
				return false
			}
		}
	}
	return 2*failed <= len(names)
}
