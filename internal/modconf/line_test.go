package modconf

import "testing"

func TestLines(t *testing.T) {
	for _, tt := range []struct{ name, in, out, warnings string }{
		{"no newline at the end", "blacklist a\nblacklist b", "blacklist a\nblacklist b\n", ""},
		{"continued", "options a x \\\n  y\n", "options a x   y\n", ""},
		{"continued within a word", "opt\\\nions a x\\\ny\n", "options a xy\n", ""},
		{"continued by nothing", "options a x\\\n\nbogus\n", "options a x\n", "f line 3: ignoring bad line starting with 'bogus'"},
		{"continued at the end", "options a x\\\n", "options a x\n", ""},
		{"number of the first line", "\n\\\nbogus\\\n\\\n x\nblacklist\n", "", `f line 2: ignoring bad line starting with 'bogus'
f line 6: ignoring bad line starting with 'blacklist'`},
		{"continued into a comment", "\\\n# x\nblacklist a\n", "blacklist a\n", ""},
		{"backslash at the end", "blacklist a\\", "blacklist a\n", ""},
		{"backslash alone", "\\", "", ""},
		{"backslash before another byte", `install a \x \$y "\"` + "\n", `install a x $y ""` + "\n", ""},
		{"two backslashes", `install a x\\` + "\nblacklist b\n", "blacklist b\n" + `install a x\\` + "\n", ""},
		{"escaped comment", "\\# blacklist a\n", "", ""},
		{"name with a backslash", `alias a\\b c` + "\n", `alias a\\b c` + "\n", ""},
		{"carriage returns", "blacklist a\r\n\r\noptions b c\r\r\nbogus\r\n", "blacklist a\noptions b c\n",
			"f line 4: ignoring bad line starting with 'bogus'"},
		{"carriage return at the end", "blacklist a\r", "blacklist a\n", ""},
		{"continued after a carriage return", "options a x\\\r\ny\r\n", "options a xy\n", ""},
		{"carriage return inside", "blacklist a\rb\n", "blacklist a\rb\n", ""},
		{"carriage return after a name", "blacklist a\r b\nalias c\r d\r e\n", "blacklist a\r \nalias c\r d\r \n", ""},
		{"escaped carriage return", "options a x\\\ry\\\r", "options a x\ry\n", ""},
		{"NUL", "options a x\x00y\n\x00bogus\nbogus\x00x\n", "options a x\n", "f line 3: ignoring bad line starting with 'bogus'"},
		{"NUL in a continued line", "options a x\x00y\\\nbogus\nblacklist b\n", "blacklist b\noptions a x\n", ""},
		{"NUL alone", "\x00", "", ""},
		{"form feed is no separator", "options\fa b\n", "", `f line 1: ignoring bad line starting with 'options\fa'`},
	} {
		t.Run(tt.name, func(t *testing.T) { checkText(t, tt.in, tt.out, tt.warnings) })
	}
}

func TestOrigin(t *testing.T) {
	c := Read(Sources{Files: []File{{"/etc/a.conf", "#\n#\\\n#\nalias \\\na b\n\nblacklist c\n"}}, Cmdline: "modprobe.blacklist=d"})
	for _, tt := range []struct {
		got  Origin
		want string
	}{
		{c.Aliases[0].Origin, "/etc/a.conf line 4"},
		{c.Blacklists[0].Origin, "/etc/a.conf line 7"},
		{c.Blacklists[1].Origin, "/proc/cmdline"},
	} {
		if tt.got.String() != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
	w := Warning{c.Aliases[0].Origin, "is odd"}
	if want := "/etc/a.conf line 4: is odd"; w.Error() != want || w.String() != want {
		t.Errorf("got %s, %s, want %s", w.Error(), w.String(), want)
	}
}
