package xz

// The range coder is three numbers that its functions take and return: the
// width of the range (32 bits, at least rangeTop when a bit is decoded), the
// code within it (below the width) and the position in the input. A bit with
// probability p splits the range in proportion: it is 0 if the code is below
// the bound. Functions that decode more than one bit return the value, then the
// three numbers.

// normalize reads one more byte of input if the range has become too small.
func normalize(in *[chunkInput]byte, rng, code, pos uint64) (r, c, next uint64) {
	if rng < rangeTop {
		return rng << 8, code<<8 | uint64(in[pos%chunkInput]), pos + 1
	}
	return rng, code, pos
}

// flatNormalize is normalize without a branch. For bits that are hard to
// predict, as those of literals, it is faster on average.
func flatNormalize(in *[chunkInput]byte, rng, code, pos uint64) (r, c, next uint64) {
	r, c = rng<<8, code<<8|uint64(in[pos%chunkInput])
	read := uint64(1)
	if rng >= rangeTop {
		r, c, read = rng, code, 0
	}
	return r, c, pos + read
}

// step decodes one bit without a branch: the compiler uses conditional moves if
// no load's address depends on the assignments. p is the probability, lo and hi
// are those of the next bit if this one is 0 or 1. It returns range and code,
// the adapted probability, the next probability and the bit.
//
// What p moves by is chosen before it is shifted: with one value more at a time,
// the trees would not fit into the registers.
func step(rng, code, p, lo, hi uint64) (r, c, adapted, next, bit uint64) {
	bound := rng >> probBits * p
	r, c = rng-bound, code-bound
	next, bit = hi, 1
	by := p
	if code < bound {
		r, c, by, next, bit = bound, code, p-roundUp, lo, 0
	}
	return r, c, p - uint64(int64(by)>>probShift), next, bit
}

// lastStep is step when no bit follows.
func lastStep(rng, code, p uint64) (r, c, adapted, bit uint64) {
	bound := rng >> probBits * p
	r, c = rng-bound, code-bound
	bit = 1
	by := p
	if code < bound {
		r, c, by, bit = bound, code, p-roundUp, 0
	}
	return r, c, p - uint64(int64(by)>>probShift), bit
}

// more and less adapt a probability after a 0 and after a 1.
func more(p uint64) uint32 { return uint32(p + (1<<probBits-p)>>probShift) }
func less(p uint64) uint32 { return uint32(p - p>>probShift) }
