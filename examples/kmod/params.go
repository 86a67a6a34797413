package main

import (
	"iter"
	"strings"

	"github.com/gokmod/gokmod/modinfo"
)

// param is a parameter of a module, assembled from the fields "parm" (its text)
// and "parmtype". A later field for the same parameter wins.
type param struct {
	name, text, typ  string
	hasText, hasType bool
}

// params collects the parameters of a module in the order in which the file
// first names them.
type params struct {
	list  []param
	index map[string]int // by name, once there are many
}

// manyParams is the number from which a map finds a name faster than a search.
const manyParams = 16

// take keeps the field if it belongs to a parameter, and reports whether it
// does. A field without a name and a colon is reported and not kept.
func (p *params) take(l *listing, f *modinfo.Field) bool {
	if f.Key != "parm" && f.Key != "parmtype" {
		return false
	}
	name, text, ok := strings.Cut(f.Value, ":")
	if !ok {
		l.note("Found invalid \"" + f.Key + "=" + f.Value + "\": missing ':'")
		return true
	}
	entry := &p.list[p.find(name)]
	if f.Key == "parm" {
		entry.text, entry.hasText = text, true
	} else {
		entry.typ, entry.hasType = text, true
	}
	return true
}

// find returns the index of a parameter, which it adds if it is new.
func (p *params) find(name string) int {
	if p.index != nil {
		if at, seen := p.index[name]; seen {
			return at
		}
	} else {
		for at := range p.list {
			if p.list[at].name == name {
				return at
			}
		}
	}
	p.list = append(p.list, param{name: name})
	at := len(p.list) - 1
	switch {
	case p.index != nil:
		p.index[name] = at
	case len(p.list) == manyParams:
		p.index = make(map[string]int, 4*manyParams)
		for i := range p.list {
			p.index[p.list[i].name] = i
		}
	}
	return at
}

// all yields the parameters in the order in which kmod prints them, the one
// named last first.
func (p *params) all() iter.Seq[*param] {
	return func(yield func(*param) bool) {
		for i := len(p.list) - 1; i >= 0; i-- {
			if !yield(&p.list[i]) {
				return
			}
		}
	}
}
