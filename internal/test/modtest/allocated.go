package modtest

import (
	"math"
	"runtime"
)

// Allocated returns how many bytes f allocates. It calls f a few times and
// returns the least, since concurrent allocations count too.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	least := uint64(math.MaxUint64)
	for range 3 {
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}
