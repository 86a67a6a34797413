package devname

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
)

// Header is the first line of a file that has nodes.
const Header = "# Device nodes to trigger on-demand module loading.\n"

// The kinds of devices.
const (
	Char  = 'c'
	Block = 'b'
)

// Node is a device node.
type Node struct {
	Module       string
	Name         string // below /dev
	Kind         byte   // Char or Block
	Major, Minor uint32
}

// String returns the line of the node, without its end.
func (n Node) String() string {
	return fmt.Sprintf("%s %s %c%d:%d", n.Module, n.Name, n.Kind, n.Major, n.Minor)
}

// Of finds the node of a module by its aliases: "devname:NAME" together with
// "char-major-A-B" or "block-major-A-B". It is complete when there are both.
func Of(module string, aliases []string) (n Node, complete bool) {
	n.Module = module
	for _, alias := range aliases {
		if name, ok := strings.CutPrefix(alias, "devname:"); ok {
			n.Name = name
		}
		for _, kind := range []string{"char", "block"} {
			numbers, ok := strings.CutPrefix(alias, kind+"-major-")
			if !ok {
				continue
			}
			var major, minor uint32
			if read, _ := fmt.Sscanf(numbers, "%d-%d", &major, &minor); read == 2 {
				n.Kind, n.Major, n.Minor = kind[0], major, minor
			}
		}
		if n.Name != "" && n.Kind != 0 {
			return n, true
		}
	}
	return n, false
}

// What is wrong with a line.
var (
	errFields = errors.New("it does not have the form MODULE NAME cMAJOR:MINOR")
	errModule = errors.New("the module's name is not one")
	errName   = errors.New("the device's name is not one of a file below /dev")
	errNumber = errors.New("the device's type and numbers are not like c10:229 or b7:0")
)

// Parse reads a line, without its end. A node has a name that stays below /dev and prints
// as text.
func Parse(line string) (Node, error) {
	fields := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
	if len(fields) != 3 {
		return Node{}, errFields
	}
	n := Node{Module: fields[0], Name: fields[1]}
	switch {
	case strings.Contains(n.Module, "/") || !isText(n.Module):
		return Node{}, errModule
	case !fs.ValidPath(n.Name) || n.Name == "." || !isText(n.Name):
		return Node{}, errName
	}
	n.Kind = fields[2][0]
	major, minor, ok := strings.Cut(fields[2][1:], ":")
	n.Major, ok = number(major, ok)
	n.Minor, ok = number(minor, ok)
	if !ok || n.Kind != Char && n.Kind != Block {
		return Node{}, errNumber
	}
	return n, nil
}

func number(digits string, ok bool) (uint32, bool) {
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), ok && err == nil
}

// isText reports whether a word has only characters that can be printed.
func isText(word string) bool {
	return !strings.ContainsFunc(word, func(c rune) bool { return c == unicode.ReplacementChar || !unicode.IsPrint(c) })
}
