package xz

// step16 is the number of bytes of a match copied at a time.
const step16 = 16

// copyNear copies n bytes from out[from:] to out[op:], where from < op, as if
// one by one. It serves matches that overlap themselves within step16 bytes and
// those near the end of out.
func copyNear(out []byte, op, from, n uint64) {
	to, dist := op+n, op-from
	for end := min(to, op+step16); op < end; op++ {
		out[op] = out[from]
		from++
	}
	if to+step16 > uint64(len(out)) {
		for ; op < to; op++ {
			out[op] = out[from]
			from++
		}
		return
	}
	// A pattern of dist bytes repeats at every multiple of dist too.
	from = op - dist
	for op-from < step16 {
		from -= dist
	}
	for ; op < to; op += step16 {
		*(*[step16]byte)(out[op:]) = *(*[step16]byte)(out[from:])
		from += step16
	}
}
