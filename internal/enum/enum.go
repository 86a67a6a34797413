// Package enum converts the constants of a small enumeration to names and back.
package enum

import (
	"fmt"
	"slices"
)

// Name is the name of a constant. what is the kind of thing that it is, for a
// constant without a name.
func Name[K ~uint8](k K, names []string, what string) string {
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("%s %d", what, k)
}

// Parse is the reverse of Name. It does not change k if no constant has the
// name.
func Parse[K ~uint8](k *K, names []string, text []byte, what string) error {
	i := slices.Index(names, string(text))
	if i < 0 {
		return fmt.Errorf("there is no %s called %q", what, text)
	}
	*k = K(i)
	return nil
}
