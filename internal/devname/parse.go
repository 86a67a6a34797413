package devname

import (
	"errors"
	"io/fs"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/gokmod/gokmod/internal/reason"
)

// ErrForm means that a line does not have the form of a node. The other errors of Parse
// are about lines that have it, and describe a node that must not be made.
var ErrForm = errors.New("it does not have the form MODULE NAME cMAJOR:MINOR")

var (
	errModule = errors.New("the module's name is not one")
	errName   = errors.New("the device's name is not one of a file below /dev")
	errRange  = errors.New("the device's numbers are not between 0:0 and 4095:1048575")
	errNumber = reason.New("the device's type and numbers are not like c10:229 or b7:0", ErrForm)
)

// The largest numbers that a device has on Linux, which keeps them in 12 and 20 bits.
const (
	maxMajor = 1<<12 - 1
	maxMinor = 1<<20 - 1
)

// spaces separate the fields of a line, as with scanf(3).
const spaces = " \t\r\v\f"

// Parse reads a line, without its end. What has the form of a node is what kmod takes for
// one: other text may follow the numbers, and space may precede each of them. But a node
// that is returned has a name that stays below /dev and prints as text, and numbers that
// devices can have.
func Parse(line string) (Node, error) {
	module, rest := word(line)
	name, rest := word(rest)
	rest = strings.TrimLeft(rest, spaces)
	if name == "" || rest == "" {
		return Node{}, ErrForm
	}
	n := Node{Module: module, Name: name, Kind: rest[0]}
	major, rest, majorOK := number(rest[1:])
	rest, colon := strings.CutPrefix(rest, ":")
	minor, _, minorOK := number(rest)
	switch {
	case !majorOK || !colon || !minorOK || n.Kind != Char && n.Kind != Block:
		return Node{}, errNumber
	case major > maxMajor || minor > maxMinor:
		return Node{}, errRange
	case strings.Contains(n.Module, "/") || !isText(n.Module):
		return Node{}, errModule
	case !fs.ValidPath(n.Name) || n.Name == "." || !isText(n.Name):
		return Node{}, errName
	}
	n.Major, n.Minor = uint32(major), uint32(minor)
	return n, nil
}

// word splits the first word off.
func word(text string) (first, rest string) {
	text = strings.TrimLeft(text, spaces)
	if end := strings.IndexAny(text, spaces); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

// number splits a number off, which may have a sign. One that is negative or does not fit
// is as large as can be.
func number(text string) (n uint64, rest string, ok bool) {
	text = strings.TrimLeft(text, spaces)
	digits, negative := strings.CutPrefix(text, "-")
	if !negative {
		digits = strings.TrimPrefix(text, "+")
	}
	rest = strings.TrimLeft(digits, "0123456789")
	n, err := strconv.ParseUint(digits[:len(digits)-len(rest)], 10, 64)
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return 0, "", false
	case negative && n > 0:
		n = math.MaxUint64
	}
	return n, rest, true
}

// isText reports whether a word has only characters that can be printed.
func isText(word string) bool {
	return !strings.ContainsFunc(word, func(c rune) bool { return c == unicode.ReplacementChar || !unicode.IsPrint(c) })
}
