package kmod

import (
	"errors"
	"io/fs"
	"runtime"
	"sync"

	"github.com/gokmod/gokmod/internal/openfile"
	"github.com/gokmod/gokmod/modinfo"
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

// readTogether reads the files that are diagnosed together, on all processors,
// for what they export.
func (d *Diagnoser) readTogether() error {
	files := make([]*subject, len(d.opts.Together))
	for i, path := range d.opts.Together {
		files[i] = d.subject(localName(path))
	}
	next := make(chan *subject)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			for s := range next {
				s.read(d)
			}
		})
	}
	for _, s := range files {
		next <- s
	}
	close(next)
	wg.Wait()
	d.together, d.exports = map[string]*subject{}, map[string]*subject{}
	for _, s := range files {
		if s.err != nil {
			if !errors.Is(s.err, modinfo.ErrFormat) {
				d.unread = append(d.unread, s)
			}
			continue
		}
		if d.together[s.name] != nil {
			continue
		}
		d.together[s.name] = s
		for symbol := range s.exports {
			if d.exports[symbol] == nil {
				d.exports[symbol] = s
			}
		}
	}
	return d.failure()
}

// failure is why a file could not be read that has nothing to do with the file:
// then nothing that is said of any module need be true.
func (d *Diagnoser) failure() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed
}

// fail keeps the first such error.
func (d *Diagnoser) fail(s *subject) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		d.failed = &fs.PathError{Op: "read", Path: s.path, Err: openfile.Cause(moduleCause(s.err))}
	}
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
