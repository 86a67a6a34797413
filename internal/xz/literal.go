package xz

// literal decodes a byte that does not follow a match: eight bits, each with
// the probability chosen by the bits before it.
//
// All trees of the model are decoded this way, unrolled: the probabilities of
// both possible next bits are loaded before the bit is known, so that the
// decoder waits neither for the load nor for a mispredicted branch.
func literal(t *[litSize]uint32, in *[chunkInput]byte, rng, code, pos uint64) (uint64, uint64, uint64, uint64) {
	var adapted, bit, lo, hi uint64
	p := uint64(t[1])
	sym := uint64(1)

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = flatNormalize(in, rng, code, pos)
	rng, code, adapted, bit = lastStep(rng, code, p)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit
	return sym, rng, code, pos
}

// matched decodes a byte after a match. guess is the byte that follows the
// match in the earlier data. As long as the bits decoded so far equal those of
// guess, the next bit of guess selects one of two further trees.
//
// The path of guess is known in advance: at each level, alike is its place in
// t, which is used while sym has the value like.
func matched(t *[litSize]uint32, guess uint64, in *[chunkInput]byte, rng, code, pos uint64) (uint64, uint64, uint64, uint64) {
	var adapted, bit, lo, hi, like, q, i uint64
	guess = guess&0xFF + 0x100
	sym := uint64(1)
	alike := 0x101 + guess<<1&0x100
	p := uint64(t[alike])

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[alike] = uint32(adapted)
	sym = 2*sym + bit
	like = guess >> 7
	alike = like + 0x100 + guess<<2&0x100
	q = uint64(t[alike])
	i = sym
	if sym == like {
		i, p = alike, q
	}

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[i] = uint32(adapted)
	sym = 2*sym + bit
	like = guess >> 6
	alike = like + 0x100 + guess<<3&0x100
	q = uint64(t[alike])
	i = sym
	if sym == like {
		i, p = alike, q
	}

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[i] = uint32(adapted)
	sym = 2*sym + bit
	like = guess >> 5
	alike = like + 0x100 + guess<<4&0x100
	q = uint64(t[alike])
	i = sym
	if sym == like {
		i, p = alike, q
	}

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[i] = uint32(adapted)
	sym = 2*sym + bit
	like = guess >> 4
	alike = like + 0x100 + guess<<5&0x100
	q = uint64(t[alike])
	i = sym
	if sym == like {
		i, p = alike, q
	}

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[i] = uint32(adapted)
	sym = 2*sym + bit
	like = guess >> 3
	alike = like + 0x100 + guess<<6&0x100
	q = uint64(t[alike])
	i = sym
	if sym == like {
		i, p = alike, q
	}

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[i] = uint32(adapted)
	sym = 2*sym + bit
	like = guess >> 2
	alike = like + 0x100 + guess<<7&0x100
	q = uint64(t[alike])
	i = sym
	if sym == like {
		i, p = alike, q
	}

	rng, code, pos = flatNormalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[i] = uint32(adapted)
	sym = 2*sym + bit
	like = guess >> 1
	alike = like + 0x100 + guess<<8&0x100
	q = uint64(t[alike])
	i = sym
	if sym == like {
		i, p = alike, q
	}

	rng, code, pos = flatNormalize(in, rng, code, pos)
	rng, code, adapted, bit = lastStep(rng, code, p)
	t[i] = uint32(adapted)
	sym = 2*sym + bit
	return sym, rng, code, pos
}
