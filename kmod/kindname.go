package kmod

import (
	"fmt"
	"slices"
)

// nameOf is what a constant of a small enumeration is called. what is the kind of
// thing that it is, for one that has no name.
func nameOf(names []string, i int, what string) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("%s %d", what, i)
}

// parseName is the reverse of nameOf.
func parseName[K ~uint8](k *K, names []string, text []byte, what string) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("there is no %s called %q", what, text)
	}
	*k = K(i)
	return nil
}
