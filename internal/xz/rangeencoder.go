package xz

import "math/bits"

// rangeEncoder writes the bits that the range coder reads: it keeps the start of the
// range, and its width. A byte is written when it can no longer change by a carry.
type rangeEncoder struct {
	low     uint64 // 33 bits
	rng     uint32
	cache   byte // the last byte that a carry may change,
	pending int  // and how many bytes of it and FF follow
	out     []byte
}

// start begins a chunk.
func (e *rangeEncoder) start() { *e = rangeEncoder{rng: 1<<32 - 1, pending: 1, out: e.out[:0]} }

// size is how many bytes the chunk has so far, if it were to end.
func (e *rangeEncoder) size() int { return len(e.out) + e.pending + 4 }

// finish ends the chunk, whose bytes are valid until the next one starts.
func (e *rangeEncoder) finish() []byte {
	for range 5 {
		e.shift()
	}
	return e.out
}

// shift moves the highest byte out of the start of the range.
func (e *rangeEncoder) shift() {
	if uint32(e.low) < 0xFF<<24 || e.low>>32 != 0 {
		carry := byte(e.low >> 32)
		for first := e.cache; e.pending > 0; e.pending-- {
			e.out = append(e.out, first+carry)
			first = 0xFF
		}
		e.cache = byte(e.low >> 24)
	}
	e.pending++
	e.low = uint64(uint32(e.low) << 8)
}

// bit encodes a bit, and adapts its probability.
func (e *rangeEncoder) bit(prob *uint32, bit int) {
	p := uint64(*prob)
	bound := e.rng >> probBits * uint32(p)
	if bit == 0 {
		e.rng = bound
		*prob = more(p)
	} else {
		e.low += uint64(bound)
		e.rng -= bound
		*prob = less(p)
	}
	for e.rng < rangeTop {
		e.rng <<= 8
		e.shift()
	}
}

// tree encodes n bits, the highest first, each with the probability that those before
// it choose.
func (e *rangeEncoder) tree(t []uint32, n, v int) {
	at := 1
	for i := n - 1; i >= 0; i-- {
		bit := v >> i & 1
		e.bit(&t[at], bit)
		at = at<<1 | bit
	}
}

// reverse is tree with the lowest bit first.
func (e *rangeEncoder) reverse(t []uint32, n, v int) {
	at := 1
	for range n {
		e.bit(&t[at], v&1)
		at, v = at<<1|v&1, v>>1
	}
}

// direct encodes n bits that are 0 or 1 with the same probability.
func (e *rangeEncoder) direct(v, n int) {
	for i := n - 1; i >= 0; i-- {
		e.rng >>= 1
		if v>>i&1 != 0 {
			e.low += uint64(e.rng)
		}
		for e.rng < rangeTop {
			e.rng <<= 8
			e.shift()
		}
	}
}

// slotOf is the slot of a distance, less one: its two highest bits, and how many follow.
func slotOf(distance uint32) int {
	if distance < 4 {
		return int(distance)
	}
	n := bits.Len32(distance) - 1
	return n<<1 | int(distance>>(n-1)&1)
}
