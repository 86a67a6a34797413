package glob

import "math/bits"

// maxBits bounds the memory for places, in words: 8 MiB. When it does not
// suffice, the budget counts as exhausted. A kilobyte of pattern and a page of
// text, the most that a kernel ever shows, need 512 KiB.
const maxBits = 1 << 20

// A filter says which bytes of the text may come next: those marked in a row of
// the table, those of a set, one byte, or any.
type filter struct {
	row []uint64
	set *byteSet
	any bool
	one byte
}

// advance takes one byte that the filter lets through: each place of the state
// that has such a byte moves on by one. It reports false if there is none, or
// if the budget ran out.
func (m *Matcher) advance(s *State, f filter) bool {
	last := min(s.hi, len(m.text)-1)
	if s.lo > last {
		return false
	}
	from, to, old := s.lo/64, last/64, *s
	words := to - from + 2 // the last takes the carry
	if !m.Spend(words-1) || !m.makeBlock(s, words) {
		return false
	}
	var carry uint64
	for w := from; w <= to; w++ {
		in := m.places(&old, w)
		if w == to {
			in &= ^uint64(0) >> (63 - last%64)
		}
		out, ok := m.pick(f, w, in)
		if !ok {
			return false
		}
		m.bits[s.block-1+w-from] = out<<1 | carry
		carry = out >> 63
	}
	m.bits[s.block-1+words-1] = carry
	return m.trim(s, from, words)
}

// places returns the places of a state in word w of the text.
func (m *Matcher) places(s *State, w int) uint64 {
	if s.block > 0 {
		return m.bits[s.block-1+w-s.lo/64]
	}
	in := ^uint64(0)
	if w == s.lo/64 {
		in <<= s.lo % 64
	}
	return in
}

// pick returns the places among in whose byte passes the filter.
func (m *Matcher) pick(f filter, w int, in uint64) (out uint64, ok bool) {
	switch {
	case f.row != nil:
		return in & f.row[w], true
	case f.any:
		return in, true
	}
	for rest := in; rest != 0; rest &= rest - 1 {
		at := bits.TrailingZeros64(rest)
		if c := m.text[w*64+at]; c == f.one && f.set == nil || f.set != nil && f.set.has(c) {
			out |= 1 << at
		}
	}
	return out, m.Spend(bits.OnesCount64(in))
}

// makeBlock gives a state a block of words to write to. It may overlap the
// block being read, unless that is older than the current call: no word is read
// after it was written.
func (m *Matcher) makeBlock(s *State, words int) bool {
	end := m.mine + words
	if end > maxBits && m.mine > 0 {
		return m.exhaust()
	}
	if end > cap(m.bits) {
		bits := make([]uint64, len(m.bits), 2*end)
		copy(bits, m.bits)
		m.bits = bits
	}
	m.bits = m.bits[:max(end, s.end)]
	s.block, s.end = m.mine+1, end
	return true
}

// trim finds the first and last place in a block whose first word is from.
func (m *Matcher) trim(s *State, from, words int) bool {
	block := m.bits[s.block-1 : s.block-1+words]
	first := 0
	for block[first] == 0 {
		if first++; first == words {
			return false
		}
	}
	last := words - 1
	for block[last] == 0 {
		last--
	}
	s.lo = (from+first)*64 + bits.TrailingZeros64(block[first])
	s.hi = (from+last)*64 + 63 - bits.LeadingZeros64(block[last])
	s.block += first
	if s.lo == s.hi {
		s.block = 0
	}
	return true
}
