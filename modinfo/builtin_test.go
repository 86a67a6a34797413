package modinfo_test

import (
	"strings"
	"testing"

	"github.com/gokmod/gokmod/modinfo"
)

// TestBuiltinFields: each entry gives the name of a module and a field; entries
// without a name are skipped, and a loop that breaks gets no more.
func TestBuiltinFields(t *testing.T) {
	data := []byte("\x00\x00a-b.license=GPL\x00nodot\x00no=a.b\x00.x=y\x00c.k\x00c.=v\x00c.k=\x00\x00" +
		"d.e.f=g=h.i\x00end.k=v")
	type entry struct {
		name  string
		field modinfo.Field
	}
	want := []entry{
		{"a_b", modinfo.Field{Key: "license", Value: "GPL"}}, {"c", modinfo.Field{Key: "k"}},
		{"c", modinfo.Field{Value: "v"}}, {"c", modinfo.Field{Key: "k"}},
		{"d", modinfo.Field{Key: "e.f", Value: "g=h.i"}}, {"end", modinfo.Field{Key: "k", Value: "v"}},
	}
	for most := range len(want) + 1 {
		var got []entry
		for name, field := range modinfo.BuiltinFields(data) {
			if len(got) == most {
				break
			}
			got = append(got, entry{name, field})
		}
		equal(t, "entries", len(got), most)
		for i, e := range got {
			equal(t, "an entry", e, want[i])
		}
	}
	for name := range modinfo.BuiltinFields(nil) {
		t.Errorf("nothing has %s", name)
	}
}

// TestBuiltinsOrder: modules come in the order in which they are first named, and
// a loop that breaks gets no more.
func TestBuiltinsOrder(t *testing.T) {
	data := []byte("b.k=1\x00a.k=2\x00b.k=3\x00c.k=4\x00a.l=5\x00")
	for most, want := range []string{"", "b", "b a", "b a c", "b a c"} {
		var names []string
		for name, info := range modinfo.Builtins(data) {
			if len(names) == most {
				break
			}
			if info.Path != "" || info.BuildID != nil || info.Signature != nil || info.Machine != 0 {
				t.Errorf("%s: %+v", name, info)
			}
			names = append(names, name)
		}
		equal(t, "names", strings.Join(names, " "), want)
	}
	equal(t, "values of b", modinfo.Builtin(data, "b").Values("k"), []string{"1", "3"})
	equal(t, "fields of a", modinfo.Builtin(data, "a").Fields, modinfo.Fields{{Key: "k", Value: "2"}, {Key: "l",
		Value: "5"}})
	if info := modinfo.Builtin(data, ""); info != nil {
		t.Errorf("no name has %v", info)
	}
}
