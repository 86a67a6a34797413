package modconf

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func readDepmodText(text string) *DepmodConfig {
	return ReadDepmod(DepmodSources{Files: []File{{"f", text}}})
}

// depmodText writes a configuration in the form of depmod.d, one entry a line.
func depmodText(c *DepmodConfig) string {
	var b strings.Builder
	for _, s := range c.Search {
		fmt.Fprintf(&b, "search %s\n", guard(escape(s.Dir)))
	}
	for _, o := range c.Overrides {
		fmt.Fprintf(&b, "override %s %s %s\n", escape(o.Module), escape(string(o.Kernels)), guard(escape(o.Dir)))
	}
	for _, e := range c.Externals {
		fmt.Fprintf(&b, "external %s %s\n", escape(string(e.Kernels)), guard(escape(e.Dir)))
	}
	for _, e := range c.Excludes {
		fmt.Fprintf(&b, "exclude %s\n", guard(escape(e.Name)))
	}
	return b.String()
}

func TestDepmodStatements(t *testing.T) {
	const noEffect = "' has no effect: it must be a directory relative to the module directory"
	for _, tt := range []struct{ name, in, out, warnings string }{
		{"empty", "", "", ""},
		{"comments", "# search a\n\n \t\n", "", ""},
		{"search", "search a/b built-in\t external \n", "search a/b\nsearch built-in\nsearch external\n", ""},
		{"search lines add up", "search a\nexclude x\nsearch b a c\n", "search a\nsearch b\nsearch c\nexclude x\n", ""},
		{"continued", "search a \\\n b\n", "search a\nsearch b\n", ""},
		{"dashes stay", "search a-b\noverride c-d * e-f\nexclude g-h\n", "search a-b\noverride c-d * e-f\nexclude g-h\n", ""},
		{"search without a word", "search\nsearch \n", "", "f line 1: ignoring bad line starting with 'search'\nf line 2: ignoring bad line starting with 'search'"},
		{"search odd directories", "search a/\nsearch ./b /c\nsearch d//e .. .\n", "search a/\nsearch ./b\nsearch /c\nsearch d//e\nsearch ..\nsearch .\n",
			"f line 1: 'a/" + noEffect + "\nf line 2: './b" + noEffect + "\nf line 2: '/c" + noEffect + "\nf line 3: 'd//e" + noEffect +
				"\nf line 3: '.." + noEffect + "\nf line 3: '." + noEffect},
		{"override", "override a * b\n override  c  6[.]1  d/e more\n", "override a * b\noverride c 6[.]1 d/e\n", ""},
		{"overrides repeat", "override a * b\noverride a * c\noverride a * b\n", "override a * b\noverride a * c\noverride a * b\n", ""},
		{"override too little", "override\noverride a\noverride a * \n", "", `f line 1: ignoring bad line starting with 'override'
f line 2: ignoring bad line starting with 'override'
f line 3: ignoring bad line starting with 'override'`},
		{"override odd directory", "override a * b/\n", "override a * b/\n", "f line 1: 'b/" + noEffect},
		{"bad expressions", "override a [ b\nexternal ( /x\n", "", `f line 1: ignoring the bad kernel version '[': missing closing ]
f line 2: ignoring the bad kernel version '(': missing closing )`},
		{"backslashes", "override a 6\\\\.1 b\noverride a 6\\.1 c\n", "override a 6\\\\.1 b\noverride a 6.1 c\n", ""},
		{"external", "external * /a /b/\nexternal 6 /a\n", "external * /a\nexternal * /b/\nexternal 6 /a\n", ""},
		{"external repeated", "external * /a /a\nexternal * /a\n", "external * /a\n", ""},
		{"external relative", "external * a /b\n", "external * /b\n", "f line 1: ignoring the external directory 'a', which is not an absolute path"},
		{"external too little", "external\nexternal *\nexternal [ \n", "", `f line 1: ignoring bad line starting with 'external'
f line 2: ignoring bad line starting with 'external'
f line 3: ignoring the bad kernel version '[': missing closing ]
f line 3: ignoring bad line starting with 'external'`},
		{"exclude", "exclude a b.ko\nexclude a c\n", "exclude a\nexclude b.ko\nexclude c\n", ""},
		{"exclude a path", "exclude a/b .\n", "exclude a/b\nexclude .\n", `f line 1: 'a/b' has no effect: only single names can be excluded
f line 1: '.' has no effect: only single names can be excluded`},
		{"exclude without a word", "exclude\n", "", "f line 1: ignoring bad line starting with 'exclude'"},
		{"make_map_files", "make_map_files yes\nmake_map_files\n", "", ""},
		{"others", "alias a b\nSearch a\n # x\ninclude x\n", "", `f line 1: ignoring bad line starting with 'alias'
f line 2: ignoring bad line starting with 'Search'
f line 3: ignoring bad line starting with '#'
f line 4: command include is deprecated and not parsed anymore`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := readDepmodText(tt.in)
			if got := depmodText(c); got != tt.out {
				t.Errorf("got\n%q\nwant\n%q", got, tt.out)
			}
			if got := warningLines(c.Warnings); got != tt.warnings {
				t.Errorf("warnings are\n%s\nwant\n%s", got, tt.warnings)
			}
		})
	}
}

func warningLines(warnings []Warning) string {
	lines := make([]string, len(warnings))
	for i, w := range warnings {
		lines[i] = w.Error()
	}
	return strings.Join(lines, "\n")
}

// TestDepmodFiles checks precedence, order and origins.
func TestDepmodFiles(t *testing.T) {
	m := fstest.MapFS{
		"etc/depmod.d/b.conf":       {Data: []byte("search etc-b\n")},
		"run/depmod.d/b.conf":       {Data: []byte("search hidden\n")},
		"run/depmod.d/a.conf":       {Data: []byte("\nsearch run-a\nbogus\n")},
		"lib/depmod.d/c.conf":       {Data: []byte("search lib-c\n")},
		"lib/depmod.d/modules.conf": {Data: []byte("search lib-modules\n")},
		"lib/depmod.d/d.alias":      {Data: []byte("search no\n")},
		"etc/modprobe.d/x.conf":     {Data: []byte("search no\n")},
	}
	c := ReadDepmod(DepmodSources{FS: m, Prefix: "/host/", Dirs: DepmodDirs(), Files: []File{{"<flag>/c.conf", "search mine"}}})
	var got []string
	for _, s := range c.Search {
		got = append(got, s.Dir+" in "+s.String())
	}
	want := []string{"run-a in /host/run/depmod.d/a.conf line 2", "etc-b in /host/etc/depmod.d/b.conf line 1",
		"mine in <flag>/c.conf line 1", "lib-modules in /host/lib/depmod.d/modules.conf line 1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if w := warningLines(c.Warnings); w != "/host/run/depmod.d/a.conf line 3: ignoring bad line starting with 'bogus'" {
		t.Error(w)
	}
}

func TestDepmodNothing(t *testing.T) {
	c := ReadDepmod(DepmodSources{})
	if len(c.Warnings) > 0 || c.Excluded("a") || c.ExternalsFor("6.1") != nil || !c.Excluded("build") || !c.Excluded("source") {
		t.Errorf("%+v", c)
	}
}

func TestExcluded(t *testing.T) {
	c := readDepmodText("exclude a b.ko\n")
	for name, want := range map[string]bool{"a": true, "b.ko": true, "A": false, "a.ko": false, "": false, "build": true} {
		if got := c.Excluded(name); got != want {
			t.Errorf("Excluded(%q) = %v", name, got)
		}
	}
}

func TestExternalsFor(t *testing.T) {
	c := readDepmodText("external 6.1 /a /b\nexternal * /c /a\nexternal ^7 /d\n")
	for release, want := range map[string]string{"6.1.0": "/a 1 /b 1 /c 2 ", "7.0": "/c 2 /a 2 /d 3 ", "": "/c 2 /a 2 "} {
		got := ""
		for _, e := range c.ExternalsFor(release) {
			got += fmt.Sprintf("%s %d ", e.Dir, e.Line)
		}
		if got != want {
			t.Errorf("of %q: %q, want %q", release, got, want)
		}
	}
}

// TestDepmodLimits reads configurations that are too large.
func TestDepmodLimits(t *testing.T) {
	var b strings.Builder
	for i := range MaxEntries + 1 {
		fmt.Fprintf(&b, "search d%d\n", i)
	}
	c := readDepmodText(b.String())
	if len(c.Search) != MaxEntries || len(c.Warnings) != 1 {
		t.Error(len(c.Search), len(c.Warnings))
	}
	b.Reset()
	for i := range maxExpressions + 1 {
		fmt.Fprintf(&b, "external x%d /a\noverride a x%d b\n", i, i)
	}
	c = readDepmodText(b.String())
	if len(c.Externals) != maxExpressions || len(c.Overrides) != maxExpressions || len(c.Warnings) != 2 {
		t.Error(len(c.Externals), len(c.Overrides), len(c.Warnings))
	}
}
