package diagnose

import (
	"sync"

	"github.com/gokmod/gokmod/internal/kallsyms"
)

// kernelFacts are what is known about a kernel and stays the same until the next
// boot, shared by all that diagnose modules for it. They are safe for concurrent use;
// the zero value is ready.
type kernelFacts struct {
	image kallsyms.Image
	peers peers
	boot  bootImage
}

// peers are some of the modules that were built with the kernel.
type peers struct {
	mu    sync.Mutex
	known bool
	list  []peer
}

// get returns the modules, which d reads when they are first needed. If it cannot,
// the next call tries again.
func (p *peers) get(d *Diagnoser) []peer {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.known {
		p.list, p.known = d.readPeers()
	}
	return p.list
}
