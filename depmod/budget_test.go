package depmod

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// TestBudget: no more is handed out than there is, and a request for more than
// that gets all of it.
func TestBudget(t *testing.T) {
	const all = 100
	b := newBudget(all)
	var out atomic.Int64
	var wg sync.WaitGroup
	for worker := range 8 {
		random := rand.New(rand.NewPCG(1, uint64(worker)))
		wg.Go(func() {
			for range 2000 {
				want := random.Int64N(2 * all)
				got := b.acquire(want)
				if got != min(want, all) {
					t.Errorf("got %d of %d", got, want)
				}
				if now := out.Add(got); now > all {
					t.Errorf("%d are out", now)
				}
				out.Add(-got)
				b.release(got)
			}
		})
	}
	wg.Wait()
	if b.left != all {
		t.Errorf("%d are left", b.left)
	}
}
