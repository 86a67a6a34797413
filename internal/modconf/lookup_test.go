package modconf

import (
	"slices"
	"strings"
	"testing"
)

const lookups = `
alias a-* m1
alias a-b m2
alias x m3
alias a-b m4
alias a-[bc] m5
alias a-b m6
alias ?-c m7
options a-b o1
options m o2
options x o3
options m o4
options a-b o5
install m first
install m second
install n other
remove m gone
softdep m pre: a
softdep n pre: b
softdep m post: c
weakdep m d
weakdep m e
blacklist n
blacklist n
`

func TestLookup(t *testing.T) {
	c := Read(Sources{Files: []File{{"f", lookups}}})
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	aliases := func(name string) string {
		t.Helper()
		found, err := c.MatchAliases(nil, name)
		if err != nil {
			t.Error(err)
		}
		return join(found, func(a Alias) string { return a.Module })
	}
	check("aliases in the order of the lines", aliases("a_b"), "m1 m2 m4 m5 m6")
	check("aliases, only patterns", aliases("a_c"), "m1 m5 m7")
	check("aliases, only plain", aliases("x"), "m3")
	check("no alias", aliases("y"), "")

	options := func(names ...string) string {
		return join(c.OptionsFor(names...), func(o Options) string { return o.Params })
	}
	check("options of one name", options("m"), "o2 o4")
	check("options of both names", options("m", "a_b"), "o1 o2 o4 o5")
	check("options of the same name twice", options("m", "m"), "o2 o4")
	check("no options", options("y", "z"), "")
	check("options of no name", options(), "")

	install, ok := c.Install("m")
	check("install", install.Text, "first")
	if _, other := c.Install("x"); !ok || other {
		t.Error("install commands of the wrong modules")
	}
	remove, ok := c.Remove("m")
	check("remove", remove.Text, "gone")
	if _, other := c.Remove("n"); !ok || other {
		t.Error("remove commands of the wrong modules")
	}
	check("softdeps", join(c.SoftdepsOf("m"), func(s Softdep) string { return strings.Join(s.Pre, "") + "/" + strings.Join(s.Post, "") }), "a/ /c")
	check("weakdeps", join(c.WeakdepsOf("m"), func(w Weakdep) string { return w.Modules[0] }), "d e")
	check("no weakdeps", join(c.WeakdepsOf("n"), func(w Weakdep) string { return w.Modules[0] }), "")
	at, ok := c.Blacklisted("n")
	check("blacklist", at.String(), "f line 23")
	if _, other := c.Blacklisted("m"); !ok || other {
		t.Error("the wrong modules are blacklisted")
	}
}

func join[T any](list []T, text func(T) string) string {
	var all []string
	for _, element := range list {
		all = append(all, text(element))
	}
	return strings.Join(all, " ")
}

func TestZeroConfig(t *testing.T) {
	var c Config
	_, installed := c.Install("a")
	_, listed := c.Blacklisted("a")
	aliases, err := c.MatchAliases(nil, "a")
	if installed || listed || aliases != nil || err != nil || c.OptionsFor("a", "b") != nil || c.SoftdepsOf("a") != nil || text(t, &c) != "" {
		t.Error("an empty configuration has entries")
	}
}

// TestListsAreApart: appending to the list of one softdep does not change the
// others.
func TestListsAreApart(t *testing.T) {
	c := Read(Sources{Files: []File{{"f", "softdep a pre: b post: c\nsoftdep d pre: e\n"}}})
	_ = append(c.Softdeps[0].Pre, "x")
	if got := c.Softdeps[1].Pre; !slices.Equal(got, []string{"e"}) {
		t.Error(got)
	}
}
