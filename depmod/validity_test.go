package depmod

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gokmod/gokmod/internal/index"
)

// TestChecks: which bytes are allowed where.
func TestChecks(t *testing.T) {
	checks := map[string]func(string) error{
		"name": checkName, "path": checkPath, "alias": checkAlias, "symbol": checkSymbol, "line": checkLine,
	}
	for _, test := range []struct{ text, good string }{
		{"a", "name path alias symbol line"}, {"a\x1fb", ""}, {"a b", "alias line"}, {"a!b", "name path alias symbol line"},
		{"a~b", "name path alias symbol line"}, {"a\x7fb", ""}, {"a\x80b", "line"}, {"a\tb", "line"}, {"a\nb", ""}, {"a\x00b", ""},
		{"a:b", "name alias symbol line"}, {"a[b", "name path symbol line"}, {"a[b]", "name path alias symbol line"},
		{`a\`, "name path alias symbol"}, {`a\b`, "name path alias symbol line"}, {" ", "alias line"}, {"", "symbol line"},
		{"k/.ko", "name alias symbol line"}, {"k/a.ko", "name path alias symbol line"},
	} {
		for what, check := range checks {
			good := slices.Contains(strings.Fields(test.good), what)
			if err := check(test.text); (err == nil) != good {
				t.Errorf("%q as %s: %v", test.text, what, err)
			} else if what == "path" && err != nil && !errors.Is(err, ErrName) {
				t.Errorf("%q: %v is not ErrName", test.text, err)
			}
		}
	}
	if err := checkPath("a b:c.ko"); err == nil || err.Error() != errWhite.Error() {
		t.Errorf("a path with both: %v", err)
	}
	for prefix, check := range map[string]func(string) error{"": checkAlias, "symbol:": checkSymbol} {
		long := strings.Repeat("x", index.MaxKey-len(prefix))
		if err := errors.Join(check(long), check(long[1:])); err != nil || check(long+"x") == nil {
			t.Errorf("of %d bytes: %v", len(long), err)
		}
	}
}

// TestValid: values keep their order, wherever the bad ones are, and the caller's list
// is not changed.
func TestValid(t *testing.T) {
	for _, test := range []struct{ values, want string }{
		{"a b c", "a b c"}, {"! a b", "a b"}, {"a ! b", "a b"}, {"a b !", "a b"}, {"! a ! ! b !", "a b"}, {"!", ""}, {"", ""},
	} {
		s, values := &scanner{index: &Index{}}, strings.Fields(test.values)
		got := s.valid("m", "k/m.ko", "alias", values, func(v string) error {
			if v == "!" {
				return errEmpty
			}
			return nil
		})
		if strings.Join(got, " ") != test.want || strings.Join(values, " ") != test.values {
			t.Errorf("%q: %q, and the list is %q", test.values, got, values)
		}
		for _, f := range s.index.Report.BadFields {
			if f != (BadField{"m", "k/m.ko", "alias", "!", errEmpty}) {
				t.Errorf("%q: %+v", test.values, f)
			}
		}
		if n := strings.Count(test.values, "!"); len(s.index.Report.BadFields) != n {
			t.Errorf("%q: %d are reported", test.values, len(s.index.Report.BadFields))
		}
	}
}

// TestShown: a text is cut only if it is too long.
func TestShown(t *testing.T) {
	for n, want := range map[int]string{0: "", 9: "xxxxxxxxx", 10: "xxxxxxxxxx", 11: "xxxxxxxxxx…", 100: "xxxxxxxxxx…"} {
		if got := shown(strings.Repeat("x", n), 10); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
