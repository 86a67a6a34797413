package devname

import (
	"fmt"
	"math"
	"strings"
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
			if major, minor, ok := pair(numbers); ok {
				n.Kind, n.Major, n.Minor = kind[0], major, minor
			}
		}
		if n.Name != "" && n.Kind != 0 {
			return n, true
		}
	}
	return n, false
}

// pair reads "A-B"; other text may follow.
func pair(text string) (a, b uint32, ok bool) {
	first, rest, firstOK := number(text)
	rest, dash := strings.CutPrefix(rest, "-")
	second, _, secondOK := number(rest)
	if !firstOK || !dash || !secondOK || first > math.MaxUint32 || second > math.MaxUint32 {
		return 0, 0, false
	}
	return uint32(first), uint32(second), true
}
