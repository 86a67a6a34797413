package depmod

import "sync"

// budget shares memory between workers.
type budget struct {
	mu    sync.Mutex
	freed *sync.Cond
	all   int64
	left  int64
}

func newBudget(all int64) *budget {
	b := &budget{all: all, left: all}
	b.freed = sync.NewCond(&b.mu)
	return b
}

// acquire waits until n bytes, or all of them if there are fewer in total, are
// available, and returns what it took.
func (b *budget) acquire(n int64) int64 {
	n = min(n, b.all)
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.left < n {
		b.freed.Wait()
	}
	b.left -= n
	return n
}

func (b *budget) release(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	b.freed.Broadcast()
}
