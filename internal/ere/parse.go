package ere

import (
	"errors"
	"strconv"
	"strings"
)

// Limits that keep any expression cheap.
const (
	maxBytes  = 128     // of an expression
	countBits = 8       // of a repetition: at most 255, the bound that POSIX guarantees
	maxStates = 1 << 14 // with all repetitions
)

var (
	errLong       = errors.New("expressions have at most 128 bytes")
	errRepetition = errors.New("a repetition must follow something and have a count of at most 255")
	errCount      = errors.New("invalid repeat count")
	errEscape     = errors.New("a backslash can only stand before punctuation")
	errTrailing   = errors.New("trailing backslash at end of expression")
	errOpenGroup  = errors.New("missing closing )")
	errCloseGroup = errors.New("unexpected )")
)

// Parse reads an expression.
func Parse(text string) (Expression, error) {
	if len(text) > maxBytes {
		return nil, errLong
	}
	p := parser{text}
	e, err := p.alternatives()
	if err == nil && p.rest != "" {
		err = errCloseGroup
	}
	return e, err
}

// parser has the part of an expression that is not read yet.
type parser struct{ rest string }

// cut takes a byte, if it is next.
func (p *parser) cut(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// alternatives reads up to the end of the expression or of a group.
func (p *parser) alternatives() (Expression, error) {
	e, err := p.branch()
	for err == nil && p.cut('|') {
		var other Expression
		other, err = p.branch()
		e = either(e, other)
	}
	return e, err
}

// either matches what one of two expressions matches.
func either(a, b Expression) Expression {
	e := append(Expression{{kind: fork, next: 1, other: len(a) + 2}}, a...)
	return append(append(e, state{kind: jump, next: len(b) + 1}), b...)
}

// branch reads up to the end of one alternative.
func (p *parser) branch() (Expression, error) {
	var e Expression
	last := -1 // where that begins which a repetition repeats
	for p.rest != "" && p.rest[0] != '|' && p.rest[0] != ')' {
		if strings.IndexByte("*+?{", p.rest[0]) >= 0 {
			if last < 0 {
				return nil, errRepetition
			}
			repeated, err := p.repetition(e[last:])
			if err != nil {
				return nil, err
			}
			e = append(e[:last], repeated...)
			continue
		}
		atom, repeatable, err := p.atom()
		if err != nil {
			return nil, err
		}
		if last = -1; repeatable {
			last = len(e)
		}
		e = append(e, atom...)
	}
	return e, nil
}

// atom reads a group, a set, a byte or an anchor; anchors cannot be repeated.
func (p *parser) atom() (e Expression, repeatable bool, err error) {
	c := p.rest[0]
	p.rest = p.rest[1:]
	switch c {
	case '^':
		return Expression{{kind: begin}}, false, nil
	case '$':
		return Expression{{kind: end}}, false, nil
	case '(':
		e, err = p.alternatives()
		if err == nil && !p.cut(')') {
			err = errOpenGroup
		}
		return e, true, err
	case '[':
		in, err := p.set()
		return Expression{{set: in}}, true, err
	case '.':
		return Expression{{set: new(set).invert()}}, true, nil
	case '\\':
		if c, err = p.escaped(); err != nil {
			return nil, false, err
		}
	}
	return Expression{{set: new(set).add(c, c)}}, true, nil
}

func (p *parser) escaped() (byte, error) {
	switch {
	case p.rest == "":
		return 0, errTrailing
	case strings.IndexByte(`.[]{}()\*+?|^$-/`, p.rest[0]) < 0:
		return 0, errEscape
	}
	c := p.rest[0]
	p.rest = p.rest[1:]
	return c, nil
}

// repetition reads how often an expression is repeated, and repeats it.
func (p *parser) repetition(e Expression) (Expression, error) {
	switch {
	case p.cut('*'):
		return repeat(e, 0, -1)
	case p.cut('+'):
		return repeat(e, 1, -1)
	case p.cut('?'):
		return repeat(e, 0, 1)
	}
	text, rest, closed := strings.Cut(p.rest[1:], "}")
	p.rest = rest
	first, second, bounded := strings.Cut(text, ",")
	least, err := strconv.ParseUint(first, 10, countBits)
	most := int(least)
	if bounded {
		most = -1
	}
	if second != "" && err == nil {
		var n uint64
		n, err = strconv.ParseUint(second, 10, countBits)
		most = int(n)
	}
	switch {
	case !closed || err != nil:
		return nil, errRepetition
	case most >= 0 && most < int(least):
		return nil, errCount
	}
	return repeat(e, int(least), most)
}

// repeat matches an expression at least and at most so many times one after the other, or
// without limit if most is negative.
func repeat(e Expression, least, most int) (Expression, error) {
	if (max(least, most)+1)*(len(e)+2) > maxStates {
		return nil, errCount
	}
	var all Expression
	for range least {
		all = append(all, e...)
	}
	if most < 0 {
		all = append(append(all, state{kind: fork, next: 1, other: len(e) + 2}), e...)
		return append(all, state{kind: jump, next: -len(e) - 1}), nil
	}
	for range most - least {
		all = append(append(all, state{kind: fork, next: 1, other: len(e) + 1}), e...)
	}
	return all, nil
}
