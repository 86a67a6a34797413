package main

import (
	"fmt"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// policy says what may be loaded. It is immutable.
type policy struct {
	aliases []rule // for modaliases of devices
	modules []rule // for modules, by name or path
	deny    bool   // modules that no rule matches
}

// rule is a line of the policy.
type rule struct {
	deny    bool
	path    bool // the pattern is for paths, otherwise for names
	pattern string
	line    int
	file    string
}

// deniedError is the reason why something is not loaded.
type deniedError struct{ rule *rule }

func (e *deniedError) Error() string {
	if e.rule == nil {
		return "no rule allows it"
	}
	return fmt.Sprintf("%s:%d denies it", e.rule.file, e.rule.line)
}

// alias returns why devices with that alias must not be served, nil if they
// may.
func (p *policy) alias(alias string) error {
	normal, err := modinfo.NormalizeAlias(alias)
	if err != nil {
		return nil // no module has it
	}
	for i := range p.aliases {
		if r := &p.aliases[i]; modinfo.Match(r.pattern, normal) {
			return r.verdict()
		}
	}
	return nil
}

// step returns why a module must not be loaded, nil if it may. dir is the
// module directory that paths are relative to.
func (p *policy) step(dir string, s *kmod.Step) error {
	path := strings.TrimPrefix(s.Module.Path, dir+"/")
	for i := range p.modules {
		r := &p.modules[i]
		subject := s.Module.Name
		if r.path {
			subject = path
		}
		if modinfo.Match(r.pattern, subject) {
			return r.verdict()
		}
	}
	if p.deny {
		return &deniedError{}
	}
	return nil
}

func (r *rule) verdict() error {
	if r.deny {
		return &deniedError{r}
	}
	return nil
}
