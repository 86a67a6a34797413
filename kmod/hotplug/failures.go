package hotplug

import (
	"errors"
	"sync"
	"syscall"
	"time"

	"github.com/gokmod/gokmod/kmod"
)

// maxFailures bounds the failures that are remembered. Beyond it, the one that was
// tried longest ago is forgotten.
const maxFailures = 1 << 12

// Failure is a module that could not be loaded for a device.
type Failure struct {
	Alias  string // the modalias of the device
	Module string
	Err    error
	Tries  int // how often it has failed in succession

	// Pause is the time until it is tried again, 0 if it is not: policy forbids it, it
	// failed too often, or it found no device to drive (ENODEV). In the last two cases
	// it is tried again when a device with that modalias comes.
	Pause time.Duration
}

// failures are the modules that failed, by the modalias that they were to be loaded for.
// "" stands for all devices, with the module "". It is safe for concurrent use.
type failures struct {
	retry Retry

	mu   sync.Mutex
	list map[string]map[string]*failed
	size int
}

// failed is when to try a failed module again.
type failed struct {
	tries  int
	at     time.Time // of the last one
	until  time.Time // not tried before
	again  bool      // tried then
	final  bool      // not tried, whatever happens
	queued bool      // it is time, and the alias waits for a batch
}

func newFailures(retry Retry) *failures {
	return &failures{retry: retry, list: map[string]map[string]*failed{}}
}

// add records a failure, and returns what follows from it.
func (f *failures) add(alias, module string, err error, now time.Time) *Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	entry := f.list[alias][module]
	if entry == nil {
		entry = f.insert(alias, module)
	} else if now.Sub(entry.until) > f.retry.pause(entry.tries) {
		entry.tries = 0 // it comes anew after a long time
	}
	tries := entry.tries + 1
	pause := f.retry.pause(tries)
	*entry = failed{tries: tries, at: now, until: now.Add(pause)}
	switch {
	case alias == "":
		entry.again = true
	case errors.Is(err, kmod.ErrForbidden), errors.Is(err, kmod.ErrNoCommand):
		entry.final = true
	case !errors.Is(err, syscall.ENODEV):
		entry.again = tries <= f.retry.Attempts
	}
	if !entry.again {
		pause = 0
	}
	return &Failure{Alias: alias, Module: module, Err: err, Tries: tries, Pause: pause}
}

// insert makes an entry. The lock is held.
func (f *failures) insert(alias, module string) *failed {
	if f.size >= maxFailures {
		f.evict()
	}
	if f.list[alias] == nil {
		f.list[alias] = map[string]*failed{}
	}
	entry := &failed{}
	f.list[alias][module] = entry
	f.size++
	return entry
}

// evict forgets the failure that is the oldest. The lock is held.
func (f *failures) evict() {
	var oldest *failed
	var alias, module string
	for a, modules := range f.list {
		for m, entry := range modules {
			if a != "" && (oldest == nil || entry.at.Before(oldest.at)) {
				oldest, alias, module = entry, a, m
			}
		}
	}
	f.remove(alias, module)
}

// remove forgets a failure. The lock is held.
func (f *failures) remove(alias, module string) {
	if f.list[alias][module] == nil {
		return
	}
	f.size--
	delete(f.list[alias], module)
	if len(f.list[alias]) == 0 {
		delete(f.list, alias)
	}
}

// clear forgets a failure, as it has succeeded.
func (f *failures) clear(alias, module string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.remove(alias, module)
}

// forget forgets all failures, as the modules or the policy have changed.
func (f *failures) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.list)
	f.size = 0
}

// anew notes that a device with the alias has come: what failed for one is tried again.
func (f *failures) anew(alias string, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, entry := range f.list[alias] {
		entry.renew(now)
	}
}

// allAnew notes that any device may have come.
func (f *failures) allAnew(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, modules := range f.list {
		for _, entry := range modules {
			entry.renew(now)
		}
	}
}

// renew has a module tried again when its device is served next, and after the pause if
// that is sooner.
func (entry *failed) renew(now time.Time) {
	if !entry.again && !entry.final {
		entry.again, entry.queued = true, !now.Before(entry.until)
	}
}

// begin reports whether a module may be tried for an alias now, and counts it as tried.
func (f *failures) begin(alias, module string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	entry := f.list[alias][module]
	if entry == nil {
		return true
	}
	if !entry.again || now.Before(entry.until) {
		return false
	}
	entry.again, entry.queued = false, false
	return true
}

// due returns the aliases that it is time to try again, each once until that happens,
// and when the next ones follow, if there are any.
func (f *failures) due(now time.Time) (aliases []string, next time.Time, more bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for alias, modules := range f.list {
		time := false
		for _, entry := range modules {
			switch {
			case !entry.again || entry.queued:
			case !now.Before(entry.until):
				entry.queued, time = true, true
			case !more || entry.until.Before(next):
				next, more = entry.until, true
			}
		}
		if time {
			aliases = append(aliases, alias)
		}
	}
	return aliases, next, more
}
