package main

import "sync"

// maxPending bounds the waiting aliases. Beyond it, serving all devices is no
// more work.
const maxPending = 1 << 14

// pending is the work that waits. It is safe for concurrent use.
type pending struct {
	wake chan struct{} // has a token when there may be something

	mu      sync.Mutex
	aliases []string
	known   map[string]bool // those in aliases
	all     bool            // all devices are to be served
}

func newPending() *pending {
	return &pending{wake: make(chan struct{}, 1), known: map[string]bool{}}
}

// add queues an alias, once.
func (p *pending) add(alias string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.all || p.known[alias]:
		return
	case len(p.aliases) >= maxPending:
		p.everything()
	default:
		p.known[alias] = true
		p.aliases = append(p.aliases, alias)
	}
	p.signal()
}

// resync requests that all devices be served.
func (p *pending) resync() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.everything()
	p.signal()
}

// everything drops the aliases, as their devices are, or were, present.
func (p *pending) everything() {
	p.all, p.aliases = true, nil
	clear(p.known)
}

func (p *pending) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// take returns the waiting work, and drops it.
func (p *pending) take() (aliases []string, all bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	aliases, all = p.aliases, p.all
	p.aliases, p.all = nil, false
	clear(p.known)
	return aliases, all
}
