package modconf

import "testing"

func TestCmdline(t *testing.T) {
	for _, tt := range []struct{ name, in, out string }{
		{"empty", "\n", ""},
		{"usual", "BOOT_IMAGE=/boot/vmlinuz-6.1.0-56-amd64 root=UUID=1-2 ro quiet\n", ""},
		{"value", "a.b=1\n", "options a b=1\n"},
		{"no value", "a.b\n", "options a b\n"},
		{"empty value", "a.b= 1 c.d=", "options a b=\noptions c d=\n"},
		{"several", " a.b=1  c.d=2\ta.b=3 \n", "options a b=1\noptions c d=2\noptions a b=3\n"},
		{"names", "a-b.c-d=e-f g[h-i]-j.k=1", "options a_b c-d=e-f\noptions g[h-i]_j k=1\n"},
		{"dots in the value", "a.b=1.2..3", "options a b=1.2..3\n"},
		{"assignments in the value", "a.b==1=2", "options a b==1=2\n"},
		{"two dots", "a.b.c=1 a..b=1 a.b. c.d", "options c d\n"},
		{"dot in the value only", "a=b.c=d e=f.g h.i", "options h i\n"},
		{"half a name", ".a=1 b.=1 c. . .. d.e=1", "options d e=1\n"},
		{"path", "/boot/vmlinuz.efi", "options /boot/vmlinuz efi\n"},
		{"after two dashes", "-- a.b=1 -- c.d", "options a b=1\noptions c d\n"},
		{"comment sign", "# a.b=1 #", "options a b=1\n"},

		{"quoted value", `a.b="c d" e.f=1`, "options a b=\"c d\"\noptions e f=1\n"},
		{"quotes in the value", `a.b=c"d e"f g.h=1`, "options a b=c\"d e\"f\noptions g h=1\n"},
		{"quotes twice", `a.b="c d""e f" g.h=1`, "options a b=\"c d\"\"e f\"\noptions g h=1\n"},
		{"empty quotes", `a.b="" "" c.d=1`, "options a b=\"\"\noptions c d=1\n"},
		{"other quotes", `a.b='c d' e.f=1`, "options a b='c\noptions e f=1\n"},
		{"escaped quotes", `a.b=\"c d\" e.f=1`, "options a b=\\\\\"c d\\\\\"\noptions e f=1\n"},
		{"whole in quotes", `"a.b=c d" e.f=1`, "options a b=\"c d\"\noptions e f=1\n"},
		{"text after a quoted argument", `"a.b=c d"e f.g=1`, "options a b=\"c d\"e\noptions f g=1\n"},
		{"name in quotes", `"a.b" "c.d"=1 e.f=1`, "options e f=1\n"},
		{"module in quotes", `"a".b=1 a"b".c=1 c.d=1`, "options c d=1\n"},
		{"parameter in quotes", `a."b"=1 a."b=1 2" c.d=1`, "options c d=1\n"},
		{"space in a quoted name", `"a b.c=1" "d.e f=1" g.h=1`, "options g h=1\n"},
		{"in another's value", `x="a.b=1 c.d=2" e.f=1`, "options e f=1\n"},
		{"quotes not closed", `a.b=1 c.d="e f.g=1`, "options a b=1\n"},
		{"line break in quotes", "a.b=\"c\nd\te\"", "options a b=\"c d e\"\n"},

		{"blacklist", "modprobe.blacklist=a,b-c modprobe.blacklist=a", "blacklist a\nblacklist b_c\nblacklist a\n"},
		{"blacklist in quotes", `modprobe.blacklist="a,b" "modprobe.blacklist=c,d"`, "blacklist a\nblacklist b\nblacklist c\nblacklist d\n"},
		{"blacklist of nothing", "modprobe.blacklist= modprobe.blacklist=,a,,", "blacklist a\n"},
		{"blacklist without value", "modprobe.blacklist", "options modprobe blacklist\n"},
		{"no blacklist", "modprobe.blacklists=a Modprobe.blacklist=b", "options modprobe blacklists=a\noptions Modprobe blacklist=b\n"},
		{"NUL", "a.b=1\x00c.d=2", "options a b=1\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Read(Sources{Cmdline: tt.in})
			if got := text(t, c); got != tt.out {
				t.Errorf("got\n%s\nwant\n%s", got, tt.out)
			}
			checkWarnings(t, c)
		})
	}
}

func TestCmdlineWarnings(t *testing.T) {
	c := Read(Sources{Cmdline: "a[b.c=1 modprobe.blacklist=d,e[-f,g h].i", CmdlineName: "/host/proc/cmdline"})
	checkWarnings(t, c, "/host/proc/cmdline: ignoring the bad module name 'a[b'",
		"/host/proc/cmdline: ignoring the bad module name 'e[-f'", "/host/proc/cmdline: ignoring the bad module name 'h]'")
	if got := text(t, c); got != "blacklist d\nblacklist g\n" {
		t.Error(got)
	}
}
