package main

import "time"

// stopwatch starts to take the time, and returns the function that tells how long it was:
// by the clock, or what this process had of all processors, which says more on a busy
// machine.
func stopwatch(cpu bool) (took func() time.Duration) {
	if cpu {
		start := ownCPU()
		return func() time.Duration { return ownCPU() - start }
	}
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
