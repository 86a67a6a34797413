package main

import "github.com/gokmod/gokmod/kmod"

// report is the answer to /state.
type report struct {
	Ready   bool              `json:"ready"`
	Reasons []string          `json:"reasons,omitempty"` // why it is not
	Modules string            `json:"modules,omitempty"` // the module directory
	Policy  policyReport      `json:"policy"`
	Live    []outcome         `json:"live"` // modules that the daemon loaded
	Failed  []outcome         `json:"failed"`
	Denied  []outcome         `json:"denied"`
	Ignored []outcome         `json:"ignored"` // devices
	Dropped map[string]uint64 `json:"dropped,omitempty"`
}

// policyReport is about the policy that is in force.
type policyReport struct {
	File    string `json:"file,omitempty"`
	Rules   int    `json:"rules"`
	Default string `json:"default"`
}

// report makes the answer to /state.
func (d *daemon) report() *report {
	reasons, p := d.reasons(), d.policy.Load()
	r := &report{Ready: len(reasons) == 0, Reasons: reasons, Policy: policyReport{File: p.file, Rules: len(p.rules), Default: "allow"}}
	if p.otherwise != nil {
		r.Policy.Default = "deny"
	}
	r.fill(d.state)
	if loader := d.loader.Load(); loader != nil {
		r.Modules = loader.DB().Dir()
		r.Live = d.state.there(loader, r.Live)
	}
	return r
}

func (r *report) fill(s *state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Live, r.Failed, r.Denied, r.Ignored = s.live.list(), s.failed.list(), s.denied.list(), s.ignored.list()
	r.Dropped = map[string]uint64{}
	for name, t := range map[string]*table{"live": s.live, "failed": s.failed, "denied": s.denied, "ignored": s.ignored} {
		if t.dropped > 0 {
			r.Dropped[name] = t.dropped
		}
	}
}

// there forgets modules that were removed since they were loaded, and returns the others.
func (s *state) there(loader *kmod.Loader, loaded []outcome) []outcome {
	there := []outcome{}
	for _, o := range loaded {
		switch status, err := loader.Status(o.Module); {
		case err != nil, status != kmod.StatusLoadable && status != kmod.StatusAbsent:
			there = append(there, o)
		default:
			s.gone(o)
		}
	}
	return there
}

// gone forgets a module that was removed, unless it has been loaded again.
func (s *state) gone(o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.live.byName[o.Module]; e != nil && e.Value.(*row).Last.Equal(o.Last) {
		s.live.remove(o.Module)
	}
}
