package kmod

import (
	"cmp"
	"errors"

	"github.com/gokmod/gokmod/internal/modname"
)

// subjectKey names a module file: a path of this machine, or of the DB.
type subjectKey struct {
	path  string
	local bool
}

func newDiagnoser(db *DB, opts *DiagnoseOptions, facts *kernelFacts) *Diagnoser {
	d := &Diagnoser{db: db, opts: *opts, facts: facts, subjects: map[subjectKey]*subject{}}
	d.opts.Symvers, d.opts.SystemMap = nil, nil
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

// unknownStep is the step of a module that the running kernel has, and the DB need
// not know.
func (d *Diagnoser) unknownStep(r Request) (s Step, found bool) {
	if d.opts.Kernel == nil || r.Path != "" {
		return s, false
	}
	status, _ := d.loader().liveStatus(modname.Normalize(r.Name))
	return inKernelStep(r, status)
}

// plan lists what has to be loaded for a request.
func (d *Diagnoser) plan(r Request) (*Plan, error) {
	switch {
	case d.db != nil:
		plan, err := d.db.PlanRequests(&PlanOptions{NoSoftdeps: true, UseBlacklist: d.opts.UseBlacklist}, r)
		if err != nil && errors.Is(err, ErrNotFound) {
			if s, found := d.unknownStep(r); found {
				return &Plan{Steps: []Step{s}}, nil
			}
		}
		return plan, err
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
