package main

import (
	"slices"
	"strings"
	"testing"
)

func TestGuestNeeds(t *testing.T) {
	const release = "6.1.0-56-amd64"
	all := []string{"make", "depmod", "qemu-system-x86_64", "gcc-12"}
	tests := []struct {
		name    string
		tools   []string
		headers string // release of the installed headers
		ask     string
		want    string // packages
	}{
		{"all installed", all, release, release, ""},
		{"fresh machine", nil, "", release, "qemu-system-x86 kmod make linux-headers-6.1.0-56-amd64"},
		{"fresh machine, release not known", nil, "", "", "qemu-system-x86 kmod make linux-headers-amd64"},
		{"compiler shows with the headers", []string{"make", "depmod", "gcc"}, release, release, "qemu-system-x86 gcc-12"},
		{"headers of another kernel", all, "6.1.0-55-amd64", release, "linux-headers-6.1.0-56-amd64"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := fakeMachine(t, test.tools, headerFiles(test.headers))
			got := packagesOf(m.guestNeeds(test.ask))
			if !slices.Equal(got, strings.Fields(test.want)) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestUbuntuHeaders(t *testing.T) {
	m := fakeMachine(t, []string{"make"}, nil)
	m.distro = chooseDistro([]byte("ID=ubuntu\n"))
	for release, want := range map[string]string{
		"":                  "linux-headers-generic",
		"6.8.0-151-generic": "linux-headers-6.8.0-151-generic",
	} {
		if got := packagesOf(m.buildNeeds(release)); !slices.Equal(got, []string{want}) {
			t.Errorf("release %q: %q, want %q", release, got, want)
		}
	}
}
