package modname

import (
	"errors"
	"testing"
)

func TestNormalizeAlias(t *testing.T) {
	for _, tt := range []struct {
		name, alias, want string
		invalid           bool
	}{
		{"empty", "", "", false},
		{"nothing to do", "fs_ext4", "fs_ext4", false},
		{"dashes", "char-major-10-250", "char_major_10_250", false},
		{"set is kept", "foo-a[b-c]-d", "foo_a[b-c]_d", false},
		{"two sets", "[0-1]-[2-3]", "[0-1]_[2-3]", false},
		{"only a set", "a[0-9]b", "a[0-9]b", false},
		{"bracket within a set", "f[[]x-y", "f[[]x_y", false},
		{"no opening bracket", "foo]", "", true},
		{"no closing bracket", "foo-[", "", true},
		{"closed twice", "f[a]]x", "", true},
		{"first bracket closes", "f[]a-b]x", "", true},
		{"an escape changes nothing", `f[\]a-b]x`, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := NormalizeAlias(tt.alias)
			if got != tt.want || errors.Is(err, ErrBracket) != tt.invalid {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestAliasError(t *testing.T) {
	_, err := NormalizeAlias("foo]")
	if want := `alias "foo]" is invalid: unmatched bracket`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
