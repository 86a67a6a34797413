package xz

// undoDelta reverts the delta filter in place: each byte was replaced by its
// difference from the one distance bytes before it, and the bytes at the start
// by their difference from 0.
func undoDelta(data []byte, distance int) {
	for i := distance; i < len(data); i++ {
		data[i] += data[i-distance]
	}
}
