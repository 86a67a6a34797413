package xz

// undoDelta reverts the delta filter in place: each byte was replaced by its
// difference to the one that stands distance bytes before it, and those at the
// start by their difference to 0.
func undoDelta(data []byte, distance int) {
	for i := distance; i < len(data); i++ {
		data[i] += data[i-distance]
	}
}
