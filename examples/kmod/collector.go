package main

import "runtime/debug"

// The garbage collector's limits while many modules are read: memory is allocated
// until little is left, instead of looking for free memory again and again. The limit
// grows with the modules, as what is kept of them does: a collector that cannot free
// enough would run all the time.
const (
	collectPercent = 400
	collectLimit   = 64 << 20
	collectBase    = 24 << 20 // for everything but what is kept of modules
	collectModule  = 11 << 10 // twice what is kept of one, as an index is made of it
)

// collectLess makes a short run shorter. modules is how many are read, 0 if that is not
// known.
func collectLess(modules int) {
	debug.SetGCPercent(collectPercent)
	debug.SetMemoryLimit(max(collectLimit, collectBase+int64(modules)*collectModule))
}
