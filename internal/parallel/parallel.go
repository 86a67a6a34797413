// Package parallel spreads work over the processors.
package parallel

import (
	"context"
	"runtime"
	"sync"
)

// Each calls f for the numbers below n in any order, several at a time: one for each
// processor. When the context ends, it begins no further calls. It returns when all
// calls have.
func Each(ctx context.Context, n int, f func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	workers.Wait()
}
