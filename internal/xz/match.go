package xz

import "encoding/binary"

// Lengths of matches in bytes: the bounds of the format, and what is looked for. From
// niceMatch on, a match is taken without looking for a better one.
const (
	minMatch  = 2
	maxMatch  = 273
	seekMatch = 4
	niceMatch = 64
)

// maxTried bounds the earlier places that are looked at for one match.
const maxTried = 32

// hashBits is the size of the table of the last places.
const hashBits = 16

// match is earlier data that comes again, or one byte if its length is 1.
type match struct {
	length   int
	distance uint32 // less one
	rep      int    // which of the last distances it is, -1 for another
}

// matches finds matches in data. For each hash of four bytes it knows the last place
// that has it, and for each place the one before.
type matches struct {
	data  []byte
	at    int // everything before is encoded,
	known int // and in the tables up to here
	last  []int32
	prior []int32 // by the place modulo the dictionary
	next  match   // at the place known-1, if that is at+1
	ahead bool    // next is known
}

func newMatches(data []byte) matches {
	m := matches{data: data, last: make([]int32, 1<<hashBits), prior: make([]int32, min(encodeDict, len(data)))}
	for i := range m.last {
		m.last[i] = -1
	}
	return m
}

// advance goes on by n bytes.
func (m *matches) advance(n int) {
	m.ahead = m.ahead && n == 1
	m.at += n
	for m.known < m.at {
		m.enter(m.known)
	}
}

// enter adds a place to the tables, and returns the last one with the same hash, -1 if
// there is none. Places are added in order.
func (m *matches) enter(at int) int {
	m.known = at + 1
	if at+seekMatch > len(m.data) {
		return -1
	}
	hash := binary.LittleEndian.Uint32(m.data[at:]) * 0x9E3779B1 >> (32 - hashBits)
	last := m.last[hash]
	m.last[hash], m.prior[at%encodeDict] = int32(at), last
	return int(last)
}

// longest returns the longest match for the data at a place that is not in the tables
// yet, and the nearest one of that length. It has no length if there is none.
func (m *matches) longest(at int) match {
	best := match{rep: -1}
	from := m.enter(at)
	for range maxTried {
		if from < 0 || at-from >= encodeDict || at+best.length >= len(m.data) {
			break
		}
		if m.data[from+best.length] != m.data[at+best.length] {
			from = int(m.prior[from%encodeDict])
			continue // it cannot be longer
		}
		if n := m.common(from, at); n > best.length {
			best.length, best.distance = n, uint32(at-from-1)
			if n >= niceMatch {
				break
			}
		}
		from = int(m.prior[from%encodeDict])
	}
	if best.length < seekMatch {
		best.length = 0
	}
	return best
}

// common returns how many bytes at two places are equal, at most maxMatch.
func (m *matches) common(from, at int) int {
	a, b := m.data[from:], m.data[at:min(len(m.data), at+maxMatch)]
	n := 0
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// repeated returns the longest match at one of the last distances.
func (m *matches) repeated(at int, rep *[4]uint32) match {
	best := match{rep: -1}
	for i, distance := range rep {
		if int(distance) >= at {
			continue
		}
		if n := m.common(at-1-int(distance), at); n > best.length {
			best = match{n, distance, i}
		}
	}
	if best.length < minMatch {
		best.length = 0
	}
	return best
}

// choose returns what to encode next. A match at one of the last distances takes fewer
// bits, and may be shorter; a new match waits if the next byte begins a better one.
func (m *matches) choose(rep *[4]uint32) match {
	again := m.repeated(m.at, rep)
	fresh := m.next
	if !m.ahead {
		fresh = m.longest(m.at)
	}
	m.ahead = false
	switch {
	case again.length >= niceMatch:
		return again
	case fresh.length >= niceMatch:
		return fresh
	case again.length > 0 && again.length+headStart(fresh.distance) >= fresh.length:
		return again
	case fresh.length == 0:
		return m.single(rep)
	}
	if m.at+1 < len(m.data) {
		m.next, m.ahead = m.longest(m.at+1), true
		if better(m.next, fresh) || m.repeated(m.at+1, rep).length >= fresh.length-1 {
			return m.single(rep)
		}
	}
	return fresh
}

// single is one byte: as a match at the last distance if it is one, which takes fewer
// bits.
func (m *matches) single(rep *[4]uint32) match {
	if from := m.at - 1 - int(rep[0]); from >= 0 && m.data[from] == m.data[m.at] {
		return match{1, rep[0], 0}
	}
	return match{length: 1, rep: -1}
}

// headStart is by how many bytes a match at that distance must be longer than one at one
// of the last distances.
func headStart(distance uint32) int {
	switch {
	case distance < 1<<9:
		return 1
	case distance < 1<<15:
		return 2
	}
	return 3
}

// better reports whether a match that begins a byte later is worth that byte.
func better(later, match match) bool {
	const far = 7 // bits of the distance that are worth a byte
	switch {
	case later.length == 0:
		return false
	case later.length > match.length+1:
		return true
	case later.length == match.length+1:
		return later.distance>>far <= match.distance
	}
	return later.length == match.length && later.distance < match.distance ||
		later.length == match.length-1 && later.distance < match.distance>>far
}
