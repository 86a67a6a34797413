package modconf

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestRank lists candidates from best to worst, equal ones with "=". A path
// that starts with '/' is external.
func TestRank(t *testing.T) {
	for _, tt := range []struct{ name, conf, order string }{
		{"default", "", "updates/a.ko=updates/x/a.ko > kernel/a.ko=extra/a.ko=a.ko=/x/a.ko=updatesx/a.ko"},
		{"other words", "search extra\n", "extra/a.ko > kernel/a.ko=updates/a.ko=/x/a.ko"},
		{"built-in first", "search built-in extra\n", "kernel/a.ko=updates/a.ko=/x/a.ko > extra/a.ko"},
		{"built-in twice", "search built-in extra built-in\n", "kernel/a.ko > extra/a.ko"},
		{"first cover counts", "search foo x foo/bar\n", "foo/a.ko=foo/bar/a.ko > x/a.ko > y/a.ko"},
		{"closer one first", "search foo/bar x foo\n", "foo/bar/y/a.ko > x/a.ko > foo/a.ko=foo/barx/a.ko > y/a.ko"},
		{"no file", "search a.ko foo/a.ko foo\n", "foo/a.ko > a.ko"},
		{"as written", "search foo/ ./foo built-in\n", "foo/a.ko=x/a.ko"},
		{"external", "search updates external built-in\n", "updates/a.ko > /x/a.ko > kernel/a.ko=external/a.ko"},
		{"external last", "search built-in external\n", "kernel/a.ko=updates/a.ko > /x/a.ko"},
		{"external by path", "search /x built-in\n", "/x/a.ko=kernel/a.ko"},
		{"override", "override a * extra\n", "extra/a.ko=extra/a.ko.xz=extra/a.b.ko > updates/a.ko > kernel/a.ko=extra/x/a.ko=extra/ab.ko=extra/a-b.ko"},
		{"later override", "override a * x\noverride a * y\noverride a * none\n", "y/a.ko > x/a.ko > kernel/a.ko"},
		{"override by version", "override a 6[.]1 x\noverride a 5 y\n", "x/a.ko > y/a.ko=kernel/a.ko"},
		{"override and dashes", "override a-b * x\n", "x/a-b.ko > kernel/a_b.ko=x/a_b.ko"},
		{"override deeper", "override a * x/y\n", "x/y/a.ko > x/a.ko=y/a.ko"},
		{"override with dots", "override a * x.y\noverride a.b * z\n", "x.y/a.ko > z/a.b.ko"},
		{"override outside", "override a * /x\n", "/x/a.ko=kernel/a.ko"},
	} {
		t.Run(tt.name, func(t *testing.T) { checkRanks(t, readDepmodText(tt.conf).Ranker("6.1.0"), tt.order) })
	}
}

func checkRanks(t *testing.T, r *Ranker, order string) {
	t.Helper()
	var before Candidate
	for i, class := range strings.Split(order, " > ") {
		var same []Candidate
		for path := range strings.SplitSeq(class, "=") {
			same = append(same, Candidate{path, path[0] == '/'})
		}
		if i > 0 && (!r.Better(before, same[0]) || r.Better(same[0], before)) {
			t.Errorf("%v is not before %v", before, same[0])
		}
		for _, c := range same {
			if r.Better(c, same[0]) || r.Better(same[0], c) {
				t.Errorf("%v and %v are not equal", c, same[0])
			}
		}
		before = same[0]
	}
}

func FuzzReadDepmod(f *testing.F) {
	f.Add("search foo built-in external\nsearch foo/bar\noverride a * foo\n", "external 6.1 /x /y\nexclude z\nbogus\n", "foo/bar/a.ko", "6.1.0")
	f.Add("override a-b [[:digit:]]{2} x\\\n y\nmake_map_files no", "external (a|b)* /\nsearch . / ..\n", "/a.ko", "56")
	f.Fuzz(func(t *testing.T, text1, text2, path, release string) {
		texts := map[string]string{"2": text1, "1": text2}
		c := ReadDepmod(DepmodSources{Files: []File{{"2", text1}, {"1", text2}}})
		checkDepmodOrigins(t, c, texts)
		again := readDepmodText(depmodText(c))
		if depmodText(again) != depmodText(c) {
			t.Errorf("read back\n%q\nwas\n%q", depmodText(again), depmodText(c))
		}
		r, same := c.Ranker(release), again.Ranker(release)
		for _, other := range []Candidate{{path, true}, {"kernel/a.ko", false}, {"updates/a.ko", false}, {"a", false}} {
			candidate := Candidate{path, false}
			if r.Better(candidate, other) && r.Better(other, candidate) {
				t.Errorf("%v and %v are both better", candidate, other)
			}
			if r.Better(candidate, other) != same.Better(candidate, other) {
				t.Errorf("%v and %v have another order when read back", candidate, other)
			}
		}
		for _, e := range c.ExternalsFor(release) {
			if !slices.Contains(c.Externals, e) {
				t.Errorf("%v is not in the configuration", e)
			}
		}
	})
}

func checkDepmodOrigins(t *testing.T, c *DepmodConfig, texts map[string]string) {
	t.Helper()
	all := &Config{Warnings: c.Warnings}
	for _, s := range c.Search {
		all.Blacklists = append(all.Blacklists, Blacklist{"", s.Origin})
	}
	for _, o := range c.Overrides {
		all.Options = append(all.Options, Options{"", "", o.Origin})
	}
	for _, e := range c.Externals {
		all.Aliases = append(all.Aliases, Alias{"", "", e.Origin})
	}
	for _, e := range c.Excludes {
		all.Softdeps = append(all.Softdeps, Softdep{"", nil, nil, e.Origin})
	}
	checkOrigins(t, all, texts)
}

// BenchmarkRank ranks the paths of a typical tree with a large configuration.
func BenchmarkRank(b *testing.B) {
	var conf strings.Builder
	for i := range 200 {
		fmt.Fprintf(&conf, "search s%d\noverride m%d 6.1 extra\n", i, i)
	}
	r := readDepmodText(conf.String()).Ranker("6.1.0")
	b.ReportAllocs()
	for b.Loop() {
		r.Rank(Candidate{Path: "kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko.xz"})
	}
}
