package debian

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readReport reads a report with some lines of each section of a real one.
func readReport(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/guest.report")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parsed(t *testing.T, text string) Report {
	t.Helper()
	r, err := parseReport([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCompareEqual: what two starts of one system have differently does not count.
func TestCompareEqual(t *testing.T) {
	text := readReport(t)
	other := text
	for from, to := range map[string]string{
		"systemd-tmpfiles[196]":       "systemd-tmpfiles[203]",
		"[    4.502113]":              "[   14.331200]",
		"97ms instead of 100ms":       "103ms instead of 100ms",
		"0x00000000fed1c000":          "0x00000000fed1f000",
		"163840 1 - Live":             "163840 3 - Live",
		"by-diskseq/9":                "by-diskseq/10",
		"by\\x2ddiskseq-9.device":     "by\\x2ddiskseq-9.device",
		" f6:0":                       " f4:0",
		"/dev/char/246:0":             "/dev/char/244:0",
		"2 ata_piix,ata_generic,":     "2 ata_generic,ata_piix,",
		"/usr/sbin/modprobe\n/bin/sh": "/bin/sh\n/usr/sbin/modprobe",
	} {
		if !strings.Contains(text, from) {
			t.Errorf("the report has no %q", from)
		}
		other = strings.ReplaceAll(other, from, to)
	}
	if all := Compare(parsed(t, other), parsed(t, text), nil); len(all) > 0 {
		t.Errorf("differences:\n%s", Describe(all))
	}
}

// TestCompareBroken: what tools that are broken in some way change is found, as seen in
// systems with such tools.
func TestCompareBroken(t *testing.T) {
	text := readReport(t)
	for _, test := range []struct {
		name, from, to string
		want           []string
	}{
		{"static-nodes fails",
			"kmod-static-nodes.service loaded active exited", "kmod-static-nodes.service loaded failed failed",
			[]string{"units: only with our tools: kmod-static-nodes.service loaded failed failed",
				"units: only with kmod's tools: kmod-static-nodes.service loaded active exited",
				"failed: only with our tools: kmod-static-nodes.service loaded failed failed"}},
		{"static-nodes prints nothing",
			"/dev/ppp character special file 600 root:root 6c:0\n", "",
			[]string{"nodes: only with kmod's tools: /dev/ppp character special file 600 root:root 6c:0"}},
		{"a node with another mode",
			"/dev/ppp character special file 600", "/dev/ppp character special file 660",
			[]string{"nodes: only with our tools: /dev/ppp character special file 660 root:root 6c:0",
				"nodes: only with kmod's tools: /dev/ppp character special file 600 root:root 6c:0"}},
		{"modprobe does nothing", "fuse 176128 1 - Live 0x0000000000000000\n", "",
			[]string{"modules: only with kmod's tools: fuse: "}},
		{"a module stays in the middle", "fuse 176128 1 - Live", "fuse 176128 1 - Loading",
			[]string{"modules: only with our tools: fuse:  (Loading)", "modules: only with kmod's tools: fuse: "}},
		{"a holder more", "irqbypass 16384 1 kvm,", "irqbypass 16384 2 kvm,vhost,",
			[]string{"modules: only with our tools: irqbypass: kvm vhost", "modules: only with kmod's tools: irqbypass: kvm"}},
		{"the index has no aliases", "virtio virtio1 virtio_net\n", "",
			[]string{"drivers: only with kmod's tools: virtio virtio1 virtio_net"}},
		{"an answer differs", "status 1", "status 0",
			[]string{"actions: only with our tools: $ rmmod no_such_module: 1: status 0",
				"actions: only with kmod's tools: $ rmmod no_such_module: 1: status 1"}},
		{"a forced insertion", "/sys/module/ext4/taint:\n", "/sys/module/ext4/taint:F\n",
			[]string{"taints: only with our tools: /sys/module/ext4/taint:F", "taints: only with kmod's tools: /sys/module/ext4/taint:"}},
		{"a warning more", "== end", "[    9.1] kernel: x: module verification failed\n== end", nil},
		{"no call", "/usr/sbin/modprobe\n", "", []string{"calls: only with kmod's tools: /usr/sbin/modprobe"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(text, test.from) {
				t.Fatalf("the report has no %q", test.from)
			}
			all := Compare(parsed(t, strings.ReplaceAll(text, test.from, test.to)), parsed(t, text), nil)
			var got []string
			for _, d := range all {
				got = append(got, d.String())
			}
			if test.want == nil {
				test.want = []string{"messages: only with our tools: kernel: x: module verification failed"}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

// TestCompareAllowed: an allowance is for its section alone.
func TestCompareAllowed(t *testing.T) {
	theirs := parsed(t, "== modules\n== drivers\n== end\n")
	ours := parsed(t, "== modules\nx 1 0 - Live 0x0\n== drivers\nx y z\n== end\n")
	all := Compare(ours, theirs, []Allowance{{"modules", regexp.MustCompile("^x"), "a reason"}})
	if len(all) != 1 || all[0].Section != "drivers" {
		t.Errorf("got %v", all)
	}
}

// TestReportCut: a guest that died has no report.
func TestReportCut(t *testing.T) {
	if _, err := parseReport([]byte("== units\n")); !errors.Is(err, errCut) {
		t.Errorf("got %v", err)
	}
}

// TestReportCheck: a report without much in it is not that of a system.
func TestReportCheck(t *testing.T) {
	err := parsed(t, readReport(t)).Check()
	for _, want := range []string{"section units has 5 lines, not 80", "module can_raw is not live"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q: %v", want, err)
		}
	}
}

// TestBoth: what differs once only is chance.
func TestBoth(t *testing.T) {
	a, b, c := Difference{"units", "a", true}, Difference{"units", "a", false}, Difference{"nodes", "a", true}
	if got := Both([]Difference{a, b, c}, []Difference{c, a}); !slices.Equal(got, []Difference{a, c}) {
		t.Errorf("both have %v", got)
	}
	if got := Both([]Difference{a}, nil); len(got) > 0 {
		t.Errorf("both have %v", got)
	}
}
