package modname

import (
	"errors"
	"fmt"
	"strings"
)

// ErrBracket says that an alias has a '[' without a ']', or the reverse.
var ErrBracket = errors.New("unmatched bracket")

// NormalizeAlias returns an alias, which may be a pattern, with underscores for
// dashes everywhere but between '[' and the next ']'. An alias with an
// unmatched bracket gives an error that wraps [ErrBracket]. It allocates only
// when something changes.
func NormalizeAlias(alias string) (string, error) {
	if strings.IndexByte(alias, '-') < 0 && strings.IndexByte(alias, '[') < 0 &&
		strings.IndexByte(alias, ']') < 0 {
		return alias, nil
	}
	var changed []byte
	for i := 0; i < len(alias); i++ {
		switch alias[i] {
		case '-':
			if changed == nil {
				changed = []byte(alias)
			}
			changed[i] = '_'
		case ']':
			return "", bracketError(alias)
		case '[':
			end := strings.IndexByte(alias[i:], ']')
			if end < 0 {
				return "", bracketError(alias)
			}
			i += end
		}
	}
	if changed == nil {
		return alias, nil
	}
	return string(changed), nil
}

func bracketError(alias string) error {
	return fmt.Errorf("alias %q is invalid: %w", alias, ErrBracket)
}
