package main

import (
	"errors"
	"runtime"
	"sync"

	"github.com/gokmod/gokmod/modinfo"
)

// togetherSize is the total unpacked size of modules that are read at the same
// time: half of what a single one may have.
const togetherSize = modinfo.DefaultMaxSize / 2

// turns bounds the memory of modules that are read on several processors: each may
// take its share of togetherSize, and a module that turns out to be larger is read
// again while no other is being read.
type turns struct {
	share int64
	alone sync.RWMutex
}

// newTurns is for the given number of modules at a time.
func newTurns(readers int) *turns {
	return &turns{share: togetherSize / int64(max(readers, 1))}
}

// read calls do with the limit on the size of a module, and once more with a larger
// one if the module exceeds the first.
func (t *turns) read(do func(limit int64) error) error {
	t.alone.RLock()
	err := do(t.share)
	t.alone.RUnlock()
	if !errors.Is(err, modinfo.ErrTooLarge) {
		return err
	}
	t.alone.Lock()
	defer t.alone.Unlock()
	runtime.GC() // left by others and the first try
	return do(modinfo.DefaultMaxSize)
}
