package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/gokmod/gokmod/modinfo"
)

// defaultConfig is the default path of the policy.
const defaultConfig = "/etc/ondemand.conf"

// maxConfig bounds the size of the policy.
const maxConfig = 1 << 20

var errTooLarge = fmt.Errorf("the file is too large: it has more than %d bytes", maxConfig)

// readPolicy reads the policy file. "" means the default one, which may be
// missing: then everything is allowed.
func readPolicy(name string) (*policy, error) {
	optional := name == ""
	if optional {
		name = defaultConfig
	}
	// A pipe would be waited for.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	}
	f, err := os.Open(name)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return &policy{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxConfig {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	return parsePolicy(name, string(text))
}

// parsePolicy reads the text of a policy file.
func parsePolicy(file, text string) (*policy, error) {
	p := &policy{}
	said := 0 // the line with the default
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		var err error
		switch {
		case len(words) == 0:
		case words[0] == "default" && said > 0:
			err = fmt.Errorf("line %d has a default already", said)
		case words[0] == "default":
			said = number
			err = p.setDefault(words[1:])
		default:
			err = p.addRule(words, file, number)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, number, err)
		}
	}
	return p, nil
}

func (p *policy) setDefault(words []string) error {
	if len(words) != 1 {
		return errors.New("default takes one word, allow or deny")
	}
	var err error
	p.deny, err = denies(words[0])
	return err
}

// denies parses "allow" or "deny".
func denies(word string) (bool, error) {
	switch word {
	case "allow":
		return false, nil
	case "deny":
		return true, nil
	}
	return false, fmt.Errorf("%q is neither allow nor deny", word)
}

// addRule adds "allow|deny alias|module|path PATTERN".
func (p *policy) addRule(words []string, file string, line int) error {
	deny, err := denies(words[0])
	if err != nil {
		return err
	}
	if len(words) != 3 {
		return fmt.Errorf("%s takes two words: alias, module or path, and a pattern", words[0])
	}
	r := rule{deny: deny, pattern: words[2], line: line, file: file}
	switch words[1] {
	case "alias":
		r.pattern, err = modinfo.NormalizeAlias(r.pattern)
		p.aliases = append(p.aliases, r)
	case "module":
		r.pattern, err = modinfo.NormalizeAlias(r.pattern)
		p.modules = append(p.modules, r)
	case "path":
		r.path = true
		_, err = modinfo.NormalizeAlias(r.pattern) // for its brackets
		p.modules = append(p.modules, r)
	default:
		return fmt.Errorf("%q is neither alias, module nor path", words[1])
	}
	return err
}
