package main

import "testing"

func TestMissingText(t *testing.T) {
	needs := []need{{"the command make", "make"}, {"the headers", "linux-headers-x"}}
	const (
		list     = ":\n  - missing: the command make, package make\n  - missing: the headers, package linux-headers-x"
		bareList = ":\n  - missing: the command make\n  - missing: the headers"
	)
	tests := []struct {
		name   string
		change func(m *machine)
		want   string
	}{
		{"user", func(*machine) {}, "only root can install what is missing" + list +
			"\nInstall it as root, or run this program once as root:\n" +
			"  apt-get update && apt-get install -y --no-install-recommends make linux-headers-x"},
		{"root", func(m *machine) { m.user = 0 }, "the installation did not provide everything" + list},
		{"Fedora", func(m *machine) { m.distro = nil },
			"this is not a Debian or Ubuntu with apt-get to install what is missing" + bareList},
		{"no apt", func(m *machine) { m.look = func(string) (string, bool) { return "", false } },
			"this is not a Debian or Ubuntu with apt-get to install what is missing" + bareList},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := fakeMachine(t, []string{"apt-get"}, nil)
			test.change(m)
			if got := m.missing(needs).Error(); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
