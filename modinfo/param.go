package modinfo

import "strings"

// Param is a parameter that a module takes.
type Param struct {
	Name string
	Type string // as in "int", "charp", "array of int"; "" when not stated
	Desc string // may span lines; "" when not stated

	hasDesc bool
}

// String returns the parameter as modinfo(8) prints it: "name:text (type)", and
// "name: (type)" without text.
func (p Param) String() string {
	s := p.Name + ":"
	if p.hasDesc {
		s += p.Desc
	}
	if p.Type != "" {
		s += " (" + p.Type + ")"
	}
	return s
}

// Params returns the parameters in the order in which the file first names
// them, each with its type and text from anywhere in the file.
func (i *Info) Params() []Param {
	var params []Param
	index := map[string]int{}
	for _, f := range i.Fields {
		if f.Key != "parm" && f.Key != "parmtype" {
			continue
		}
		name, text, ok := strings.Cut(f.Value, ":")
		if !ok {
			continue
		}
		at, seen := index[name]
		if !seen {
			at = len(params)
			index[name] = at
			params = append(params, Param{Name: name})
		}
		if f.Key == "parmtype" {
			params[at].Type = text
		} else {
			params[at].Desc, params[at].hasDesc = text, true
		}
	}
	return params
}
