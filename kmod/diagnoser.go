package kmod

import (
	"cmp"
	"sync"
)

// subjectKey names a module file: a path of this machine, or of the DB.
type subjectKey struct {
	path  string
	local bool
}

func newDiagnoser(db *DB, opts *DiagnoseOptions, image *imageSymbols) *Diagnoser {
	d := &Diagnoser{db: db, opts: *opts, image: image, subjects: map[subjectKey]*subject{}}
	d.opts.Symvers, d.opts.SystemMap = nil, nil
	d.peers = sync.OnceValue(d.readPeers)
	return d
}

// read reads the file of a subject, once, and keeps in mind a failure that has
// nothing to do with the file.
func (d *Diagnoser) read(s *subject) {
	s.read(d.db)
	if err := s.exhaustion(); err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.failed = cmp.Or(d.failed, err)
	}
}

// failure is why a file could not be read that has nothing to do with the file:
// then nothing that is said of any module need be true.
func (d *Diagnoser) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// plan lists what has to be loaded for a request.
func (d *Diagnoser) plan(r Request) (*Plan, error) {
	switch {
	case d.db != nil:
		return d.db.PlanRequests(&PlanOptions{NoSoftdeps: true, UseBlacklist: d.opts.UseBlacklist}, r)
	case r.Path == "":
		return nil, &LookupError{Name: r.Name, Err: errNoDB}
	}
	m, err := localModule(r.Path)
	if err != nil {
		return nil, err
	}
	step := Step{Module: m, Params: r.Params, Reasons: []Reason{{Kind: ReasonRequested, Of: r.Path}}}
	if r.Params != "" {
		step.Options = []Option{{Params: r.Params}}
	}
	return &Plan{Steps: []Step{step}}, nil
}
