//go:build !race

package sys

// raceEnabled reports whether the race detector is in this binary.
const raceEnabled = false
