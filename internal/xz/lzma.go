package xz

// The state after each kind of symbol.
var (
	afterLiteral = [16]uint8{0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5}
	afterMatch   = [16]uint8{7, 7, 7, 7, 7, 7, 7, 10, 10, 10, 10, 10}
	afterRep     = [16]uint8{8, 8, 8, 8, 8, 8, 8, 11, 11, 11, 11, 11}
	afterShort   = [16]uint8{9, 9, 9, 9, 9, 9, 9, 11, 11, 11, 11, 11}
)

// run decodes the symbols of one LZMA chunk into out[op:end]. in starts with
// the chunk's range coder bytes, and out with the dictionary. It returns the
// number of input bytes read, and false for damaged data.
//
// The bytes after the chunk in the array in do not matter: a chunk that runs
// past its end takes more bytes than it has, which the caller notices. Copying
// a match may write bytes after out[end] that are not part of the data.
//
// Most of the time is spent here. The function is long because range, code and
// position must stay in registers: a helper that is not inlined costs more than
// most decisions do.
func (d *decoder) run(in *[chunkInput]byte, out []byte, op, end uint64) (uint64, bool) {
	var (
		rng  = uint64(1<<32 - 1)
		code = uint64(in[1])<<24 | uint64(in[2])<<16 | uint64(in[3])<<8 | uint64(in[4])
		pos  = uint64(5)

		state                  = d.state
		rep0, rep1, rep2, rep3 = d.rep[0], d.rep[1], d.rep[2], d.rep[3]
	)
	if in[0] != 0 || code >= rng || end > uint64(len(out)) {
		return 0, false
	}
	// The last byte: reading it back from out would wait for the write.
	prev := uint64(0)
	if op > 0 {
		prev = uint64(out[op-1])
	}
	for op < end {
		// A literal or a match?
		posState := op & d.pbMask
		prob := &d.isMatch[uint8(state<<4|posState)]
		rng, code, pos = flatNormalize(in, rng, code, pos)
		p := uint64(*prob)
		bound := rng >> probBits * p
		if code < bound {
			rng = bound
			*prob = more(p)
			t := &d.lit[((op&d.lpMask)<<(d.lc&15)+prev>>((8-d.lc)&15))%litCoders]
			var sym uint64
			if state < firstMatch {
				sym, rng, code, pos = literal(t, in, rng, code, pos)
			} else {
				sym, rng, code, pos = matched(t, uint64(out[op-1-rep0]), in, rng, code, pos)
			}
			state = uint64(afterLiteral[state%16])
			prev = sym & 0xFF
			out[op] = byte(sym)
			op++
			continue
		}
		rng -= bound
		code -= bound
		*prob = less(p)

		// A new distance or one of the last four?
		var n uint64
		prob = &d.isRep[state%16]
		rng, code, pos = flatNormalize(in, rng, code, pos)
		p = uint64(*prob)
		bound = rng >> probBits * p
		if code < bound {
			rng = bound
			*prob = more(p)
			rep3, rep2, rep1 = rep2, rep1, rep0
			n, rng, code, pos = d.length.decode(posState, in, rng, code, pos)
			rep0, rng, code, pos = d.distance(n, in, rng, code, pos)
			state = uint64(afterMatch[state%16])
		} else {
			rng -= bound
			code -= bound
			*prob = less(p)
			prob = &d.isRep0[state%16]
			rng, code, pos = normalize(in, rng, code, pos)
			p = uint64(*prob)
			bound = rng >> probBits * p
			if code < bound {
				rng = bound
				*prob = more(p)

				// The last distance: for a single byte or more?
				prob = &d.isRep0Long[uint8(state<<4|posState)]
				rng, code, pos = normalize(in, rng, code, pos)
				p = uint64(*prob)
				bound = rng >> probBits * p
				if code < bound {
					rng = bound
					*prob = more(p)
					state = uint64(afterShort[state%16])
					if rep0 >= op {
						return 0, false
					}
					prev = uint64(out[op-1-rep0])
					out[op] = byte(prev)
					op++
					continue
				}
				rng -= bound
				code -= bound
				*prob = less(p)
			} else {
				rng -= bound
				code -= bound
				*prob = less(p)

				// The second, the third or the fourth last distance?
				prob = &d.isRep1[state%16]
				rng, code, pos = normalize(in, rng, code, pos)
				p = uint64(*prob)
				bound = rng >> probBits * p
				if code < bound {
					rng = bound
					*prob = more(p)
					rep0, rep1 = rep1, rep0
				} else {
					rng -= bound
					code -= bound
					*prob = less(p)
					prob = &d.isRep2[state%16]
					rng, code, pos = normalize(in, rng, code, pos)
					p = uint64(*prob)
					bound = rng >> probBits * p
					if code < bound {
						rng = bound
						*prob = more(p)
						rep0, rep1, rep2 = rep2, rep0, rep1
					} else {
						rng -= bound
						code -= bound
						*prob = less(p)
						rep0, rep1, rep2, rep3 = rep3, rep0, rep1, rep2
					}
				}
			}
			n, rng, code, pos = d.repLength.decode(posState, in, rng, code, pos)
			state = uint64(afterRep[state%16])
		}
		if rep0 >= op || rep0 >= d.dictSize || n > end-op {
			return 0, false
		}
		to, from := op+n, op-1-rep0
		if rep0 < step16-1 || to+step16 > uint64(len(out)) {
			copyNear(out, op, from, n)
		} else {
			for ; op < to; op += step16 {
				*(*[step16]byte)(out[op:]) = *(*[step16]byte)(out[from:])
				from += step16
			}
		}
		op = to
		prev = uint64(out[op-1])
	}
	_, code, pos = normalize(in, rng, code, pos)
	d.state = state
	d.rep = [4]uint64{rep0, rep1, rep2, rep3}
	return pos, code == 0
}
