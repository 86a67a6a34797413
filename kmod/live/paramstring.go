package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gokmod/gokmod/internal/modparam"
)

// ErrUnquotable: no parameter string makes the kernel read the value. It takes double
// quotes around a value with white space, but knows no way to escape a quote.
var ErrUnquotable = errors.New("the kernel's quoting cannot express it")

// ErrNoValue: the parameter shows "(null)", as a string does that was never set, also
// within an array, or nothing, which may be an empty string or an array without
// elements. The kernel would read the first as that very text, and refuses the second
// for an array.
var ErrNoValue = errors.New("it shows no value")

// JoinParams joins parameters, "name=value" or a name alone, into the string that the
// kernel splits again when a module is inserted. A value with white space is quoted,
// as insmod(8) does it, unless it begins with a quote: that one is quoted already.
//
// The error wraps [ErrUnquotable] and names the first parameter that the kernel would
// not read as it was given: a value with both white space and quotes, an odd number of
// quotes, a NUL byte, a name with white space, or none. The string is then what
// insmod(8) would hand over all the same.
func JoinParams(params []string) (string, error) {
	var failed error
	words := make([]string, len(params))
	for i, param := range params {
		var ok bool
		if words[i], ok = quoted(param); !ok && failed == nil {
			failed = fmt.Errorf("parameter %.200q: %w", param, ErrUnquotable)
		}
	}
	return strings.Join(words, " "), failed
}

// quoted returns the word for a parameter, and whether the kernel reads it back.
func quoted(param string) (string, bool) {
	var a modparam.Argument
	a.Name, a.Value, a.HasValue = strings.Cut(param, "=")
	word := param
	switch inner, isQuoted := strings.CutPrefix(a.Value, `"`); {
	case isQuoted:
		a.Value = strings.TrimSuffix(inner, `"`)
	case modparam.HasSpace(a.Value):
		word = a.Name + `="` + a.Value + `"`
	}
	return word, modparam.Reads(word, a)
}

// ParamString returns the parameters with which the module could be inserted again, with
// the values that they have now, for Loader.Insert and [Kernel]; "" if there are none.
//
// lost are the parameters that are not in it, each with the reason in its Err: it cannot
// be read (fs.ErrPermission), [ErrNoValue], [ErrUnquotable], or its value fills a page
// and may be cut off. The parameters that the module does not show in /sys at all
// are not known here; "parm" fields of its file name them.
//
// The kernel does not say which type a parameter has. Every type of the kernel's own
// reads the text that it shows; a type that a module defines itself need not. An
// unset string and the string "(null)" look the same. Unset strings at the end of an
// array, as every sound driver has them, are left out of it.
func (m *Module) ParamString() (params string, lost []Parameter, err error) {
	all, err := m.Parameters()
	if err != nil {
		return "", nil, err
	}
	var words []string
	for _, p := range all {
		word, err := p.word()
		if err == nil {
			words = append(words, word)
			continue
		}
		if p.Err == nil {
			p.Err = m.failed("read", "parameters/"+p.Name, err)
		}
		lost = append(lost, p)
	}
	return strings.Join(words, " "), lost, nil
}

// word is the word of a parameter string that sets the parameter to its value.
func (p Parameter) word() (string, error) {
	value := setStrings(p.Value)
	switch {
	case p.Err != nil:
		return "", p.Err
	case value == "" || slices.Contains(strings.Split(value, ","), unset):
		return "", ErrNoValue
	case len(p.Value) >= maxValue-1: // and a newline
		return "", fmt.Errorf("its value of %d bytes may be cut off", len(p.Value))
	}
	word, ok := modparam.Quote(modparam.Argument{Name: p.Name, Value: value, HasValue: true})
	if !ok {
		return "", ErrUnquotable
	}
	return word, nil
}

// unset is what a string that was never set shows.
const unset = "(null)"

// setStrings returns a value without the unset strings at the end of an array.
func setStrings(value string) string {
	for value == unset || strings.HasSuffix(value, ","+unset) {
		value = strings.TrimSuffix(strings.TrimSuffix(value, unset), ",")
	}
	return value
}
