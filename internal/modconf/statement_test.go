package modconf

import (
	"strings"
	"testing"
)

// TestStatements pairs a file with the configuration that WriteTo makes of it.
func TestStatements(t *testing.T) {
	for _, tt := range []struct{ name, in, out, warnings string }{
		{"empty", "", "", ""},
		{"blank lines", "\n  \n\t\n\n", "", ""},
		{"comments", "#\n# x\n#alias a b\n", "", ""},
		{"indented comment", "  # x\n", "", "f line 1: ignoring bad line starting with '#'"},
		{"comment goes on", "# x \\\nbogus\nblacklist a\n", "blacklist a\n", ""},
		{"comment after a directive", "options a x # y\n", "options a x # y\n", ""},

		{"alias", "alias p-[a-b]-* m-n\n", "alias p_[a-b]_* m_n\n", ""},
		{"alias with more words", "alias a b c\n", "alias a b\n", ""},
		{"alias without module", "alias a\nalias a \nalias\n", "", `f line 1: ignoring bad line starting with 'alias'
f line 2: ignoring bad line starting with 'alias'
f line 3: ignoring bad line starting with 'alias'`},
		{"alias with bad brackets", "alias a[ b\nalias a b]\n", "", `f line 1: ignoring bad line starting with 'alias'
f line 2: ignoring bad line starting with 'alias'`},

		{"blacklist", "blacklist a-[b-c] d\n", "blacklist a_[b-c]\n", ""},
		{"blacklist without a module", "blacklist\n", "", "f line 1: ignoring bad line starting with 'blacklist'"},

		{"options", "options a-b c-d=1 e\n", "options a_b c-d=1 e\n", ""},
		{"white space in options", "\t options \ta  x=1  y \n", "options a  x=1  y \n", ""},
		{"tabs in options", "options\ta\tx\ty\t\n", "options a x y \n", ""},
		{"options of nothing", "options a\noptions a \noptions \n", "", `f line 1: ignoring bad line starting with 'options'
f line 2: ignoring bad line starting with 'options'
f line 3: ignoring bad line starting with 'options'`},

		{"install", "install a-b /bin/x  \t--y \n", "install a_b /bin/x  \t--y \n", ""},
		{"install twice", "install a 2\ninstall a 1\n", "install a 2\ninstall a 1\n", ""},
		{"install without a command", "install a\n", "", "f line 1: ignoring bad line starting with 'install'"},
		{"remove", "remove a x y\n", "remove a x y\n", ""},

		{"softdep", "softdep a-b pre: c-d e post: f\n", "softdep a_b pre: c-d e post: f\n", ""},
		{"softdep post first", "softdep a post: b pre: c\n", "softdep a pre: c post: b\n", ""},
		{"softdep in turns", "softdep a pre: b post: c pre: d post: e\n", "softdep a pre: b d post: c e\n", ""},
		{"softdep post alone", "softdep a pre: post: b\n", "softdep a post: b\n", ""},
		{"softdep of words before", "softdep a b c pre: d\n", "softdep a pre: d\n", ""},
		{"softdep without keyword", "softdep a b\nsoftdep a pre:b\nsoftdep a  \n", "softdep a pre:\nsoftdep a pre:\nsoftdep a pre:\n", ""},
		{"softdep with other white space", "softdep a pre:\vb\f post:\tc\n", "softdep a pre: b post: c\n", ""},
		{"softdep with two separators", "softdep a  pre: b\n", "softdep a pre: b\n", ""},
		{"softdep keyword in capitals", "softdep a pre: b PRE: c\n", "softdep a pre: b PRE: c\n", ""},
		{"softdep of nothing", "softdep a\nsoftdep\nsoftdep [ pre: a\n", "", `f line 1: ignoring bad line starting with 'softdep'
f line 2: ignoring bad line starting with 'softdep'
f line 3: ignoring bad line starting with 'softdep'`},

		{"weakdep", "weakdep a-b c-d\te\n", "weakdep a_b c-d e\n", ""},
		{"weakdep of nothing", "weakdep a\nweakdep a \nweakdep\n", "", `f line 1: ignoring bad line starting with 'weakdep'
f line 2: ignoring bad line starting with 'weakdep'
f line 3: ignoring bad line starting with 'weakdep'`},

		{"include", "include /etc/x\nconfig binary_indexes yes\n", "", `f line 1: command include is deprecated and not parsed anymore
f line 2: command config is deprecated and not parsed anymore`},
		{"capitals", "Options a b\nBLACKLIST a\n", "", `f line 1: ignoring bad line starting with 'Options'
f line 2: ignoring bad line starting with 'BLACKLIST'`},
		{"capitals in names", "blacklist AbC\n", "blacklist AbC\n", ""},
		{"long word", strings.Repeat("x", 65) + " y\n", "", "f line 1: ignoring bad line starting with '" + strings.Repeat("x", 64) + "...'"},
		{"binary noise", "\x7fELF\x01\xff \x02\n\x80\n", "", `f line 1: ignoring bad line starting with '\x7fELF\x01\xff'
f line 2: ignoring bad line starting with '\x80'`},
		{"byte order mark", "\ufeffblacklist a\nblacklist b\n", "blacklist b\n", `f line 1: ignoring bad line starting with '\ufeffblacklist'`},
		{"quotes are not special", "alias \"a b\" c\n", "alias \"a b\"\n", ""},

		{"all groups", "weakdep a b\nsoftdep a pre: b\noptions a b\nalias a b\nremove a b\ninstall a b\nblacklist a\n",
			"blacklist a\ninstall a b\nremove a b\nalias a b\noptions a b\nsoftdep a pre: b\nweakdep a b\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) { checkText(t, tt.in, tt.out, tt.warnings) })
	}
}

// checkText reads a text as the file "f".
func checkText(t *testing.T, in, out, warnings string) {
	t.Helper()
	c := Read(Sources{Files: []File{{"f", in}}})
	if got := text(t, c); got != out {
		t.Errorf("got\n%q\nwant\n%q", got, out)
	}
	if warnings == "" {
		checkWarnings(t, c)
	} else {
		checkWarnings(t, c, strings.Split(warnings, "\n")...)
	}
}
