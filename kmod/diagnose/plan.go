package diagnose

import (
	"cmp"
	"errors"
	"io/fs"

	"github.com/gokmod/gokmod/internal/modfile"
	"github.com/gokmod/gokmod/internal/modname"
	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/kmod/live"
)

// subjectKey identifies a module file: a path of this machine, or of the DB.
type subjectKey struct {
	path  string
	local bool
}

func newDiagnoser(db *kmod.DB, opts *Options, facts *kernelFacts) *Diagnoser {
	d := &Diagnoser{db: db, opts: *opts, facts: facts, subjects: map[subjectKey]*subject{}}
	d.opts.Symvers, d.opts.Image, d.opts.SystemMap = nil, nil, nil
	return d
}

// read reads the file of a subject, once, and notes a failure that has nothing to
// do with the file.
func (d *Diagnoser) read(s *subject) {
	s.read(d.db)
	if err := s.exhaustion(); err != nil {
		d.fail(err)
	}
}

// fail notes a failure that has nothing to do with the file that was read.
func (d *Diagnoser) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failed = cmp.Or(d.failed, err)
}

// failure is a failure to read a file that has nothing to do with the file. After
// one, no finding is reliable.
func (d *Diagnoser) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// unknownStep is the step of a module that the running kernel has and the DB may
// not know.
func (d *Diagnoser) unknownStep(r kmod.Request) (s kmod.Step, found bool) {
	if d.opts.Kernel == nil || r.Path != "" {
		return s, false
	}
	name := modname.Normalize(r.Name)
	s = kmod.Step{
		Module: kmod.Module{Name: name}, Params: r.Params,
		Reasons: []kmod.Reason{{Kind: kmod.ReasonRequested, Of: r.Name}},
	}
	switch status, _ := live.StatusOf(d.opts.Kernel, name); status {
	case live.StatusLive:
	case live.StatusBuiltin:
		s.Action, s.Module.Builtin = kmod.ActionBuiltin, true
	default:
		return s, false
	}
	return s, true
}

// errNoDB is the error when a Diagnoser without a DB is given a name.
var errNoDB = errors.New("there is no DB to find modules in")

// plan lists what has to be loaded for a request.
func (d *Diagnoser) plan(r kmod.Request) (*kmod.Plan, error) {
	switch {
	case d.db != nil:
		plan, err := d.db.PlanRequests(&kmod.PlanOptions{NoSoftdeps: true, UseBlacklist: d.opts.UseBlacklist}, r)
		if err != nil && errors.Is(err, kmod.ErrNotFound) {
			if s, found := d.unknownStep(r); found {
				return &kmod.Plan{Steps: []kmod.Step{s}}, nil
			}
		}
		return plan, err
	case r.Path == "":
		return nil, &kmod.LookupError{Name: r.Name, Err: errNoDB}
	}
	file, err := modfile.Open(r.Path, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open module", Path: r.Path, Err: openfile.Cause(err)}
	}
	file.Close()
	m := localName(r.Path)
	step := kmod.Step{Module: m, Params: r.Params, Reasons: []kmod.Reason{{Kind: kmod.ReasonRequested, Of: r.Path}}}
	if r.Params != "" {
		step.ParamSources = []kmod.ParamSource{{Params: r.Params}}
	}
	return &kmod.Plan{Steps: []kmod.Step{step}}, nil
}
