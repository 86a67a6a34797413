package main

import (
	"errors"
	"runtime"
	"sync"

	"github.com/gokmod/gokmod/modinfo"
)

// togetherSize is how large modules that are read at the same time may be in all,
// unpacked: half of what a single one may be.
const togetherSize = modinfo.DefaultMaxSize / 2

// turns bounds the memory of modules that are read on several processors: each may
// have its share of togetherSize, and one that turns out to have more is read again
// when nobody else reads.
type turns struct {
	share int64
	alone sync.RWMutex
}

// newTurns is for so many modules at a time.
func newTurns(readers int) *turns {
	return &turns{share: togetherSize / int64(max(readers, 1))}
}

// read calls do with the limit on the size of a module, and once more with a larger
// one where the module is too large for the first.
func (t *turns) read(do func(limit int64) error) error {
	t.alone.RLock()
	err := do(t.share)
	t.alone.RUnlock()
	if !errors.Is(err, modinfo.ErrTooLarge) {
		return err
	}
	t.alone.Lock()
	defer t.alone.Unlock()
	runtime.GC() // what others and the first try left
	return do(modinfo.DefaultMaxSize)
}
