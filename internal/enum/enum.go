// Package enum turns the constants of a small enumeration into names and back.
package enum

import (
	"fmt"
	"slices"
)

// Name is what a constant is called. what is the kind of thing that it is, for one
// that has no name.
func Name[K ~uint8](k K, names []string, what string) string {
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("%s %d", what, k)
}

// Parse is the reverse of Name. It leaves k alone when no constant has the name.
func Parse[K ~uint8](k *K, names []string, text []byte, what string) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("there is no %s called %q", what, text)
	}
	*k = K(i)
	return nil
}
