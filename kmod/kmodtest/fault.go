package kmodtest

import (
	"sync"
	"syscall"
)

// fault is how the init function of a module is to fail.
type fault struct {
	errno syscall.Errno
	times int // how often it fails yet, -1 for always
	block *block
}

// block is a gate in an init function.
type block struct {
	entered, released chan struct{}
	enter, release    sync.Once
}

// Fail makes the init function of a module end with errno from now on; 0 makes
// it succeed again.
func (k *Kernel) Fail(module string, errno syscall.Errno) {
	k.FailTimes(module, errno, -1)
}

// FailTimes makes the init function of a module end with errno the next n
// times, and succeed after that.
func (k *Kernel) FailTimes(module string, errno syscall.Errno, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f := k.fault(module)
	f.errno, f.times = errno, n
}

// Block makes the init function of a module wait until release is called: till
// then the module is "coming". The channel is closed when an init function
// begins to wait. What [Kernel.Fail] says happens after the wait.
func (k *Kernel) Block(module string) (coming <-chan struct{}, release func()) {
	b := &block{entered: make(chan struct{}), released: make(chan struct{})}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fault(module).block = b
	return b.entered, func() { b.release.Do(func() { close(b.released) }) }
}

// Hold adds n to the reference count of a module, as opening its device would;
// a negative n takes away. As long as it is held, the module cannot be removed
// (EAGAIN). Hold reports whether the module is there.
func (k *Kernel) Hold(module string, n int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	m := k.byName[module]
	if m == nil {
		return false
	}
	m.held = max(0, m.held+n)
	return true
}

// fault finds or makes the fault of a module. The lock is held.
func (k *Kernel) fault(module string) *fault {
	if k.faults == nil {
		k.faults = map[string]*fault{}
	}
	if k.faults[module] == nil {
		k.faults[module] = &fault{}
	}
	return k.faults[module]
}

// pass waits at the gate of a module's init function, if there is one.
func (k *Kernel) pass(module string) {
	k.mu.Lock()
	f := k.faults[module]
	if f == nil || f.block == nil {
		k.mu.Unlock()
		return
	}
	b := f.block
	k.mu.Unlock()
	b.enter.Do(func() { close(b.entered) })
	<-b.released
}

// verdict returns the result of a module's init function. The lock is held.
func (k *Kernel) verdict(module string) error {
	f := k.faults[module]
	if f == nil || f.errno == 0 || f.times == 0 {
		return nil
	}
	if f.times > 0 {
		f.times--
	}
	return f.errno
}
