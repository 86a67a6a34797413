package modparam

import (
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, test := range []struct {
		in   string
		want []Argument
	}{
		{"", nil},
		{" a=1\tb ", []Argument{{"a", "1", true}, {"b", "", false}}},
		{`a="x y" "b=u v"`, []Argument{{"a", "x y", true}, {"b", "u v", true}}},
		{"a=1 -- b=2", []Argument{{"a", "1", true}}},
		{"a=b=c", []Argument{{"a", "b=c", true}}},
		{`a="x`, []Argument{{"a", "x", true}}},
	} {
		if got := Split(test.in); !slices.Equal(got, test.want) {
			t.Errorf("%q: %+v", test.in, got)
		}
	}
	if Normalize("a-b_c") != "a_b_c" {
		t.Error("dashes")
	}
}
