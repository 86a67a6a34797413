package ere

import (
	"errors"
	"strings"

	"github.com/gokmod/gokmod/internal/ctype"
)

var (
	errOpenSet   = errors.New("missing closing ]")
	errRange     = errors.New("invalid character class range")
	errCollating = errors.New("collating elements are not supported")
)

// add adds the bytes from the first to the last.
func (s *set) add(first, last byte) *set {
	for c := int(first); c <= int(last); c++ {
		s[c] = true
	}
	return s
}

// invert leaves all other bytes.
func (s *set) invert() *set {
	for c := range s {
		s[c] = !s[c]
	}
	return s
}

// set reads a set, after its bracket.
func (p *parser) set() (*set, error) {
	var s set
	others := p.cut('^')
	for first := true; first || !p.cut(']'); first = false {
		if err := p.member(&s, first); err != nil {
			return nil, err
		}
	}
	if others {
		s.invert()
	}
	return &s, nil
}

// member reads a byte, a range or a class. A bracket that would end the set is a byte if
// it is the first one, and a dash if it is the first one or the last one.
func (p *parser) member(s *set, first bool) error {
	from, err := p.element()
	switch {
	case err != nil:
		return err
	case from == '-' && !first && !strings.HasPrefix(p.rest, "]"):
		return errRange
	case from == '[' && p.cut(':'):
		return p.class(s)
	}
	to := from
	if strings.HasPrefix(p.rest, "-") && !strings.HasPrefix(p.rest, "-]") {
		p.rest = p.rest[1:]
		if to, err = p.element(); err != nil {
			return err
		}
	}
	if to < from || to == '[' && strings.HasPrefix(p.rest, ":") {
		return errRange
	}
	s.add(from, to)
	return nil
}

// element takes a byte of a set.
func (p *parser) element() (byte, error) {
	switch {
	case p.rest == "":
		return 0, errOpenSet
	case strings.HasPrefix(p.rest, "[.") || strings.HasPrefix(p.rest, "[="):
		return 0, errCollating
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	return c, nil
}

// class reads the name of a class, and adds its bytes.
func (p *parser) class(s *set) error {
	name, rest, closed := strings.Cut(p.rest, ":]")
	if !closed {
		return errCollating
	}
	ranges := ctype.Ranges(name)
	if ranges == "" {
		return errRange
	}
	p.rest = rest
	for ; ranges != ""; ranges = ranges[2:] {
		s.add(ranges[0], ranges[1])
	}
	return nil
}
