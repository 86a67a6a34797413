package kmod

import (
	"fmt"
	"slices"

	"github.com/gokmod/gokmod/internal/plain"
)

// strongSymbols are the names of the symbols that must exist.
func (s *subject) strongSymbols() []string {
	needed := make([]string, 0, len(s.needed))
	for i := range s.needed {
		if n := &s.needed[i]; !n.Weak && n.Name != moduleLayout {
			needed = append(needed, lookupName(n))
		}
	}
	return needed
}

// maxListed is how many names an error lists.
const maxListed = 5

// listSome joins the first names in alphabetic order.
func listSome(names []string) string {
	slices.Sort(names)
	if len(names) <= maxListed {
		return plain.Names(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", plain.Names(names[:maxListed], ", "), len(names)-maxListed)
}
