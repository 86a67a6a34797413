package main

import "runtime/debug"

// The garbage collector's limits while many modules are read: memory is allocated
// until little is left, instead of looking for free memory again and again.
const (
	collectPercent = 400
	collectLimit   = 100 << 20
)

// collectLess makes a short run shorter.
func collectLess() {
	debug.SetGCPercent(collectPercent)
	debug.SetMemoryLimit(collectLimit)
}
