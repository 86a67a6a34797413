package diagnose

import (
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/modinfo"
)

// peer is what one of the kernel's own modules says about the kernel.
type peer struct {
	name, path   string
	vermagic     string
	architecture string
	machine      modinfo.Machine
	size         uint64 // of the kernel's struct module
	layout       uint32 // the version of module_layout
	hasLayout    bool
	signer       string
	key          string
}

// maxPeers bounds the module files that are read in search of ones to compare
// with. wantedPeers is how many are enough: one of them may be the module itself.
const (
	maxPeers    = 8
	wantedPeers = 2
)

// readPeers reads some of the modules that were built with the kernel. They are not
// known if the kernel does not say its release, as before /proc is mounted, or if
// the modules cannot be read.
func (d *Diagnoser) readPeers() (list []peer, known bool) {
	if d.db == nil {
		return nil, true
	}
	if d.opts.Kernel != nil {
		if release := d.running(); release != d.db.Release() {
			return nil, release != ""
		}
	}
	var peers, others []peer
	known = true
	tries := 0
	for m, err := range d.db.Modules() {
		if err != nil || tries == maxPeers || len(peers) == wantedPeers {
			known = known && err == nil
			break
		}
		s := &subject{module: m, name: m.Name, path: m.Path}
		if d.read(s); errors.Is(s.err, fs.ErrNotExist) {
			continue
		}
		known = known && s.exhaustion() == nil
		tries++
		switch {
		case s.err != nil:
		case s.info.InTree():
			peers = append(peers, s.asPeer())
		default:
			others = append(others, s.asPeer())
		}
	}
	if len(peers) == 0 {
		return others, known
	}
	return peers, known
}

func (s *subject) asPeer() peer {
	p := peer{name: s.name, path: s.path, vermagic: s.info.Vermagic(),
		architecture: s.info.Architecture(), machine: s.info.Machine, size: s.size}
	if sig := s.info.Signature; sig != nil {
		p.signer, p.key = sig.Signer, string(sig.Key)
	}
	for i := range s.needed {
		if n := &s.needed[i]; n.Name == moduleLayout && n.HasCRC {
			p.layout, p.hasLayout = n.CRC, true
		}
	}
	return p
}

// moduleLayout is the symbol whose version stands for the data structures that
// the kernel and its modules share.
const moduleLayout = "module_layout"

// peer returns one of the kernel's own modules, other than the one of that name.
func (d *Diagnoser) peer(except string) (peer, bool) {
	for _, p := range d.facts.peers.get(d) {
		if p.name != except {
			return p, true
		}
	}
	return peer{}, false
}
