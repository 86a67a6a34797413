package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// policy says what may be loaded. It is immutable.
type policy struct {
	file, text string // "" for that of a file that is missing
	rules      []rule
	otherwise  *denial // why modules that no rule matches are denied; nil if they are not
}

// rule is a line of the policy.
type rule struct {
	deny             *denial // nil allows
	subject, pattern string  // what the pattern is for: alias, module or path
}

// denial is the error for what policy denies: the rule, and its file and line.
type denial struct{ rule, at, text string }

func (d *denial) Error() string { return d.text }

// alias returns why devices with that alias must not be served, nil if they may.
func (p *policy) alias(alias string) error {
	normal, err := modinfo.NormalizeAlias(alias)
	if err != nil {
		return nil // no module has it
	}
	_, err = p.ask(map[string]string{"alias": normal})
	return err
}

// step returns why a module must not be loaded, nil if it may. dir is the module
// directory that paths are relative to.
func (p *policy) step(dir string, s *kmod.Step) error {
	said, err := p.ask(map[string]string{"module": s.Module.Name, "path": strings.TrimPrefix(s.Module.Path, dir+"/")})
	if !said && p.otherwise != nil {
		return p.otherwise
	}
	return err
}

// ask returns whether a rule matches, and whether the first one that does denies it.
func (p *policy) ask(values map[string]string) (said bool, err error) {
	for _, r := range p.rules {
		if value, concerned := values[r.subject]; concerned && modinfo.Match(r.pattern, value) {
			if r.deny != nil {
				err = r.deny
			}
			return true, err
		}
	}
	return false, nil
}

// parsePolicy reads the text of a policy file.
func parsePolicy(file, text string) (*policy, error) {
	p, number, said := &policy{file: file, text: text}, 0, false
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		words, at := strings.Fields(line), fmt.Sprintf("%s:%d", file, number)
		denies := func(text string) *denial { return &denial{strings.Join(words, " "), at, text} }
		verb := func(i int) bool { return words[i] == "allow" || words[i] == "deny" }
		switch {
		case len(words) == 0:
		case len(words) == 2 && words[0] == "default" && verb(1) && !said:
			if said = true; words[1] == "deny" {
				p.otherwise = denies("no rule allows it")
			}
		case len(words) == 3 && verb(0) && slices.Contains([]string{"alias", "module", "path"}, words[1]):
			r := rule{subject: words[1], pattern: words[2]}
			if words[0] == "deny" {
				r.deny = denies(at + " denies it")
			}
			normal, err := modinfo.NormalizeAlias(r.pattern) // of a path, for its brackets
			if err != nil {
				return nil, fmt.Errorf("%s: %w", at, err)
			} else if r.subject != "path" {
				r.pattern = normal
			}
			p.rules = append(p.rules, r)
		default:
			return nil, fmt.Errorf("%s: %q is neither allow|deny alias|module|path PATTERN nor the only default allow|deny",
				at, cut(strings.TrimSpace(line)))
		}
	}
	return p, nil
}
