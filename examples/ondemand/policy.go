package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/kmod"
	"github.com/gokmod/gokmod/modinfo"
)

// policy says what may be loaded. It is immutable.
type policy struct {
	rules []rule
	deny  bool // modules that no rule matches
}

// rule is a line of the policy.
type rule struct {
	deny        bool
	subject     string // alias, module or path: what the pattern is for
	pattern, at string
}

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
	if !said && p.deny {
		return errors.New("no rule allows it")
	}
	return err
}

// ask returns whether a rule matches, and whether the first one that does denies it.
func (p *policy) ask(values map[string]string) (said bool, err error) {
	for _, r := range p.rules {
		if value, concerned := values[r.subject]; concerned && modinfo.Match(r.pattern, value) {
			if r.deny {
				err = fmt.Errorf("%s denies it", r.at)
			}
			return true, err
		}
	}
	return false, nil
}

// defaultConfig is the default path of the policy.
const defaultConfig = "/etc/ondemand.conf"

// readPolicy reads the policy file. "" means the default one, which may be missing: then
// everything is allowed. A pipe would be waited for.
func readPolicy(name string) (*policy, error) {
	path := cmp.Or(name, defaultConfig)
	info, err := os.Stat(path)
	if name == "" && errors.Is(err, fs.ErrNotExist) {
		return &policy{}, nil
	} else if err == nil && (!info.Mode().IsRegular() || info.Size() > 1<<20) {
		err = fmt.Errorf("%s is not a regular file of at most 1 MiB", path)
	}
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parsePolicy(path, string(text))
}

// parsePolicy reads the text of a policy file.
func parsePolicy(file, text string) (*policy, error) {
	p, number, said := &policy{}, 0, false
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		words, at := strings.Fields(line), fmt.Sprintf("%s:%d", file, number)
		verb := func(i int) bool { return words[i] == "allow" || words[i] == "deny" }
		switch {
		case len(words) == 0:
		case len(words) == 2 && words[0] == "default" && verb(1) && !said:
			p.deny, said = words[1] == "deny", true
		case len(words) == 3 && verb(0) && slices.Contains([]string{"alias", "module", "path"}, words[1]):
			r := rule{words[0] == "deny", words[1], words[2], at}
			normal, err := modinfo.NormalizeAlias(r.pattern) // of a path, for its brackets
			if err != nil {
				return nil, fmt.Errorf("%s: %w", at, err)
			} else if r.subject != "path" {
				r.pattern = normal
			}
			p.rules = append(p.rules, r)
		default:
			return nil, fmt.Errorf("%s: %q is neither allow|deny alias|module|path PATTERN nor the only default allow|deny",
				at, strings.TrimSpace(line))
		}
	}
	return p, nil
}
