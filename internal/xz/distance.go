package xz

import "math/bits"

// distance decodes the distance, less one, of a match of n bytes. Six bits give
// the slot: the number's two highest bits and how many bits follow. In long
// distances all of these except the lowest four are equally probable.
func (d *decoder) distance(n uint64, in *[chunkInput]byte, rng, code, pos uint64) (uint64, uint64, uint64, uint64) {
	var adapted, bit, lo, hi uint64
	t := &d.slot[min(n-2, 3)%4]
	p := uint64(t[1])
	slot := uint64(1)

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*slot]), uint64(t[2*slot+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[slot] = uint32(adapted)
	slot = 2*slot + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*slot]), uint64(t[2*slot+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[slot] = uint32(adapted)
	slot = 2*slot + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*slot]), uint64(t[2*slot+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[slot] = uint32(adapted)
	slot = 2*slot + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*slot]), uint64(t[2*slot+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[slot] = uint32(adapted)
	slot = 2*slot + bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(t[2*slot]), uint64(t[2*slot+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	t[slot] = uint32(adapted)
	slot = 2*slot + bit

	rng, code, pos = normalize(in, rng, code, pos)
	rng, code, adapted, bit = lastStep(rng, code, p)
	t[slot] = uint32(adapted)
	slot = 2*slot + bit
	slot -= 64
	if slot < 4 {
		return slot, rng, code, pos
	}
	extra := slot>>1 - 1
	base := (2 | slot&1) << (extra & 31)
	if slot < 14 {
		v, rng, code, pos := d.middle(base-slot, extra, in, rng, code, pos)
		return base + v, rng, code, pos
	}
	v := uint64(0)
	for range extra - 4 {
		rng, code, pos = normalize(in, rng, code, pos)
		rng >>= 1
		c, borrow := bits.Sub64(code, rng, 0)
		if code >= rng {
			code = c
		}
		v = v<<1 + 1 - borrow
	}
	v <<= 4
	a := &d.align
	p = uint64(a[1])
	sym := uint64(1)

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(a[2*sym]), uint64(a[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	a[sym] = uint32(adapted)
	sym = 2*sym + bit
	v += bit

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(a[2*sym]), uint64(a[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	a[sym] = uint32(adapted)
	sym = 2*sym + bit
	v += bit << 1

	rng, code, pos = normalize(in, rng, code, pos)
	lo, hi = uint64(a[2*sym]), uint64(a[2*sym+1])
	rng, code, adapted, p, bit = step(rng, code, p, lo, hi)
	a[sym] = uint32(adapted)
	sym = 2*sym + bit
	v += bit << 2

	rng, code, pos = normalize(in, rng, code, pos)
	rng, code, adapted, bit = lastStep(rng, code, p)
	a[sym] = uint32(adapted)
	v += bit << 3
	return base + v, rng, code, pos
}

// middle decodes the low bits of a middle distance, in n bits from the lowest.
func (d *decoder) middle(first, n uint64, in *[chunkInput]byte, rng, code, pos uint64) (uint64, uint64, uint64, uint64) {
	t := d.special[first%128:]
	sym, v := uint64(1), uint64(0)
	for i := range n {
		rng, code, pos = normalize(in, rng, code, pos)
		r, c, adapted, bit := lastStep(rng, code, uint64(t[sym]))
		rng, code = r, c
		t[sym] = uint32(adapted)
		sym = 2*sym + bit
		v |= bit << (i & 15)
	}
	return v, rng, code, pos
}
