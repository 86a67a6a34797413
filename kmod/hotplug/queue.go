package hotplug

import (
	"sync"
	"time"
)

// Bounds for the modaliases that wait. Beyond them, serving all devices is no more
// work.
const (
	maxWaiting      = 1 << 14
	maxWaitingBytes = 1 << 22
)

// queue is the work that waits. It is safe for concurrent use.
type queue struct {
	wake  chan struct{} // has a token when there may be something
	pause time.Duration // between two times of serving all devices

	mu      sync.Mutex
	aliases []string
	known   map[string]bool // those in aliases
	bytes   int             // their length
	active  map[string]bool // those of batches under way
	all     bool            // all devices are to be served
	anew    bool            // as any of them may have come
	reload  bool            // with a new loader
	last    time.Time       // when all devices were served last, or began to be
	next    time.Time       // all devices are not served before
}

// work is what a batch is to serve.
type work struct {
	aliases           []string
	all, anew, reload bool
}

func newQueue(pause time.Duration) *queue {
	return &queue{
		wake: make(chan struct{}, 1), pause: pause,
		known: map[string]bool{}, active: map[string]bool{},
	}
}

// add queues a modalias, once.
func (q *queue) add(alias string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.put(alias)
	q.signal()
}

func (q *queue) put(alias string) {
	switch {
	case q.known[alias]:
	case len(q.aliases) >= maxWaiting || q.bytes+len(alias) > maxWaitingBytes:
		q.drop()
		q.all, q.anew = true, true
	default:
		q.known[alias] = true
		q.aliases = append(q.aliases, alias)
		q.bytes += len(alias)
	}
}

func (q *queue) drop() {
	q.aliases, q.bytes = nil, 0
	clear(q.known)
}

// resync requests that all devices be served. Unless it is at once, that waits for
// some time to pass since the last time: nothing that comes from outside can keep the
// engine busy with that.
func (q *queue) resync(atOnce, reload bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all, q.anew = true, true
	q.reload = q.reload || reload
	if atOnce {
		q.next = time.Time{}
	}
	q.signal()
}

// rescan requests that all devices be served when that was last done some time ago, and
// returns when it is next time for that. What failed does not count as having come anew.
func (q *queue) rescan(now time.Time, every time.Duration) (next time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	next = q.last.Add(every)
	if !q.all && !q.last.IsZero() && !now.Before(next) {
		q.all = true
	}
	return next
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns the work that can be done now. An alias of a batch under way waits for
// the end of that, so that a slow module holds up one batch only.
func (q *queue) take(now time.Time) (w work, found bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.all && !now.Before(q.next) {
		w = work{all: true, anew: q.anew, reload: q.reload}
		q.all, q.anew, q.reload = false, false, false
		q.last, q.next = now, now.Add(q.pause)
	}
	aliases := q.aliases
	q.drop()
	w.aliases = q.free(aliases)
	return w, w.all || len(w.aliases) > 0
}

// claim returns those of the aliases that no batch has, for a batch that then has them.
// The others are queued.
func (q *queue) claim(aliases []string) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.free(aliases)
}

func (q *queue) free(aliases []string) []string {
	var free []string
	for _, alias := range aliases {
		if q.active[alias] {
			q.put(alias)
			continue
		}
		q.active[alias] = true
		free = append(free, alias)
	}
	return free
}

// release ends what take or claim began.
func (q *queue) release(aliases []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, alias := range aliases {
		delete(q.active, alias)
	}
	q.signal()
}

// due returns when all devices are to be served, if that waits.
func (q *queue) due() (time.Time, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.next, q.all
}
