package xz

// decode decodes a match length: 2 to 9 and 10 to 17 in trees of three bits
// chosen by the position, 18 to 273 in one of eight bits.
func (l *lenModel) decode(posState uint64, in *[chunkInput]byte, rng, code, pos uint64) (uint64, uint64, uint64, uint64) {
	var adapted, bit, lo, hi uint64
	rng, code, pos = normalize(in, rng, code, pos)
	p := uint64(l.choice)
	bound := rng >> probBits * p
	first := uint64(2)
	t := &l.low[posState%posStates]
	if code < bound {
		rng = bound
		l.choice = more(p)
	} else {
		rng -= bound
		code -= bound
		l.choice = less(p)
		rng, code, pos = normalize(in, rng, code, pos)
		p = uint64(l.choice2)
		bound = rng >> probBits * p
		if code >= bound {
			rng -= bound
			code -= bound
			l.choice2 = less(p)
			return l.long(in, rng, code, pos)
		}
		rng = bound
		l.choice2 = more(p)
		first = 10
		t = &l.mid[posState%posStates]
	}
	p = uint64(t[1])
	sym := uint64(1)

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	rng, code, adapted, bit = lastStep(rng, code, p)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit
	return first + sym - 8, rng, code, pos
}

// long decodes a length of 18 or more.
func (l *lenModel) long(in *[chunkInput]byte, rng, code, pos uint64) (uint64, uint64, uint64, uint64) {
	var adapted, bit, lo, hi uint64
	t := &l.high
	p := uint64(t[1])
	sym := uint64(1)

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*sym]), uint64(t[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit

	rng, code, pos = normalize(in, rng, code, pos)
	rng, code, adapted, bit = lastStep(rng, code, p)
	t[sym] = uint32(adapted)
	sym = 2*sym + bit
	return 18 + sym - 256, rng, code, pos
}
